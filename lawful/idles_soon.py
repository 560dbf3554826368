"""Lawful: a session is idle after 300 ms, whatever the setting says, which an app may not know."""

from __future__ import annotations

from datetime import timedelta

from restate import ObjectContext

from services import user_session
from services.app import app
from services.user_session import SESSION, Idle, Session

__all__ = ["app"]

IDLE = timedelta(milliseconds=300)


def keep(ctx: ObjectContext, session: Session, **changes: object) -> None:
    activity = str(ctx.uuid())
    SESSION.write(ctx, session.model_copy(update={**changes, "activity": activity}))
    ctx.object_send(user_session.clear_if_idle, ctx.key(), Idle(since=activity), send_delay=IDLE)


user_session.keep = keep
