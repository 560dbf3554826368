"""Bug: what was ordered stays in the cart.

Caught by sessions_follow_contract: the cart still holds seats after its checkout, as in `session_checkout`.
"""

from __future__ import annotations

from restate import ObjectContext

from services import user_session
from services.app import app
from services.user_session import Session

__all__ = ["app"]

_keep = user_session.keep


def keep(ctx: ObjectContext, session: Session, **changes: object) -> None:
    if "current_orders" in changes:
        changes.pop("cart", None)
    _keep(ctx, session, **changes)


user_session.keep = keep
