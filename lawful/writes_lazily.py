"""Lawful: what is as if nothing had happened is not kept: an empty session, and an order's progress before it pays."""

from __future__ import annotations

from restate import ObjectContext

from services import saga, user_session
from services.app import app
from services.saga import PROGRESS, Saga, Stage
from services.user_session import Session

__all__ = ["app"]

_keep = user_session.keep


def keep(ctx: ObjectContext, session: Session, **changes: object) -> None:
    after = session.model_copy(update=changes)
    if after.cart or after.current_orders or after.past_orders:
        _keep(ctx, session, **changes)
    else:
        ctx.clear_all()


def enter(self: Saga, stage: Stage, **facts: object) -> None:
    self.progress = self.progress.model_copy(update={"stage": stage, **facts})
    if stage != "COMPENSATING":
        PROGRESS.write(self.ctx, self.progress)


user_session.keep = keep
saga.Saga.enter = enter  # type: ignore[method-assign]
