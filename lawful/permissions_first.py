"""Lawful: a role update puts in the permissions first, and then the role: either order, says the contract."""

from __future__ import annotations

from restate import Context

from services import directory, outbound, role_update
from services.app import app

__all__ = ["app"]


async def apply(ctx: Context, request: role_update.Apply) -> role_update.Result:
    options = outbound.retrying(directory.Applied)
    permissions = {"user_id": request.user_id, "permissions": request.permissions}
    await ctx.run_typed("permissions", directory.put_permissions, options, **permissions)
    await ctx.run_typed("role", directory.put_role, options, user_id=request.user_id, role=request.role)
    return role_update.Result()


role_update.service.handlers["apply"].fn = apply
