"""Bug: nothing looks after a session again once its user has gone.

Caught by state_on_demand: an idle session still has state, in `session_idles`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import user_session
from services.app import app
from services.user_session import SESSION, Session

__all__ = ["app"]


def keep(ctx: ObjectContext, session: Session, **changes: object) -> None:
    SESSION.write(ctx, session.model_copy(update=changes))


user_session.keep = keep
