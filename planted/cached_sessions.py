"""Bug: a process writes a session down when it first changes it, and keeps all further changes in memory.

Caught by sessions_follow_contract: what was put into a cart since is gone when the process dies, in `serial_cart`.
"""

from __future__ import annotations

from restate import ObjectContext, ObjectSharedContext

from services import user_session
from services.app import app
from services.user_session import Session

__all__ = ["app"]

_load, _keep = user_session.load, user_session.keep
SEEN: dict[str, Session] = {}
WRITTEN: set[str] = set()


async def load(ctx: ObjectContext | ObjectSharedContext) -> Session:
    return SEEN.setdefault(ctx.key(), await _load(ctx))


def keep(ctx: ObjectContext, session: Session, **changes: object) -> None:
    SEEN[ctx.key()] = session.model_copy(update=changes)
    if ctx.key() not in WRITTEN:
        WRITTEN.add(ctx.key())
        _keep(ctx, session, **changes)


user_session.load = load
user_session.keep = keep
