"""Lawful: permissions and role are put in by two steps that go together, the permissions named first."""

from __future__ import annotations

from restate import Context, gather

from services import directory, outbound, role_update
from services.app import app

__all__ = ["app"]


async def apply(ctx: Context, request: role_update.Apply) -> role_update.Result:
    options = outbound.retrying(directory.Applied)
    permissions = ctx.run_typed(
        "rights", directory.put_permissions, options, user_id=request.user_id, permissions=request.permissions
    )
    role = ctx.run_typed("place", directory.put_role, options, user_id=request.user_id, role=request.role)
    await gather(permissions, role)
    return role_update.Result()


role_update.service.handlers["apply"].fn = apply
