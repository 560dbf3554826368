"""Bug: role and permissions are put in by one step, so that what was done is done again when the rest fails.

Caught by steps_retried_alone: a role put in again though that was done, in `role_update`.
"""

from __future__ import annotations

from restate import Context

from services import directory, outbound, role_update
from services.app import app

__all__ = ["app"]


async def put_both(*, request: role_update.Apply) -> directory.Applied:
    await directory.put_role(user_id=request.user_id, role=request.role)
    return await directory.put_permissions(user_id=request.user_id, permissions=request.permissions)


async def apply(ctx: Context, request: role_update.Apply) -> role_update.Result:
    await ctx.run_typed("both", put_both, outbound.retrying(directory.Applied), request=request)
    return role_update.Result()


role_update.service.handlers["apply"].fn = apply
