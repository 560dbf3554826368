"""Bug: a session is cleared by writing an empty one.

Caught by state_on_demand: an object that was cleared still has a row of state, in `keys_on_demand`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import user_session
from services.app import app
from services.schema import Nothing

__all__ = ["app"]


async def clear(ctx: ObjectContext, _: Nothing) -> None:
    user_session.SESSION.write(ctx, user_session.Session())


user_session.service.handlers["clear"].fn = clear
