"""Bug: the timer of a session clears it, whatever was done since it was set.

Caught by sessions_expire: a cart is gone though its user had just come back to it, in `session_in_use`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import user_session
from services.app import app

__all__ = ["app"]


async def clear_if_idle(ctx: ObjectContext, _: user_session.Idle) -> None:
    ctx.clear_all()


user_session.service.handlers["clear_if_idle"].fn = clear_if_idle
