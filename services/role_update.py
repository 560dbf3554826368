"""RoleUpdate: a user's role and permissions, put into the directory in two steps of which each is retried alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from restate import Context, Service

from services import directory, outbound
from services.schema import LIST_ITEMS, Message, Name
from services.serde import Json, guard

service = Service("RoleUpdate", invocation_context_managers=[guard()])


def _no_dots(name: str) -> str:
    if name in (".", ".."):
        raise ValueError("must not be a step in a path")  # which it would become in the directory's URL
    return name


class Apply(Message):
    user_id: Annotated[Name, AfterValidator(_no_dots)]
    role: Name
    permissions: Annotated[list[Name], Field(max_length=LIST_ITEMS)]


class Result(Message):
    applied: list[Literal["role", "permissions"]] = ["role", "permissions"]


@service.handler(input_serde=Json(Apply), output_serde=Json(Result))
async def apply(ctx: Context, request: Apply) -> Result:
    """Applies both; what was applied is not applied again because the other failed."""
    options = outbound.retrying(directory.Applied)
    await ctx.run_typed("role", directory.put_role, options, user_id=request.user_id, role=request.role)
    await ctx.run_typed(
        "permissions",
        directory.put_permissions,
        options,
        user_id=request.user_id,
        permissions=request.permissions,
    )
    return Result()
