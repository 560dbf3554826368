"""Lawful: more in the state than the contract names: fields beside the seat's, keys beside the ticket's, a log."""

from __future__ import annotations

from restate import ObjectContext

from services import seat_map, ticket, user_session
from services.app import app
from services.seat import Seat
from services.state import Versioned
from services.user_session import Session

__all__ = ["app"]


class Noted(Seat):
    note: str = "kept"
    holders: int = 1


NOTED = Versioned(Noted)
_keep = user_session.keep


def keep(ctx: ObjectContext, before: Seat, after: Seat) -> Seat:
    if after != before:
        ctx.set("ticket", Noted(**after.model_dump()), NOTED)
        ctx.set("last_change", {"from": before.status, "to": after.status})
        event_id, _, seat_id = ctx.key().rpartition(":")
        change = seat_map.Change(seat_id=seat_id, status=after.status, round=after.round, version=after.version)
        ctx.object_send(seat_map.set_seat, event_id, change)
    return after


def keep_session(ctx: ObjectContext, session: Session, **changes: object) -> None:
    _keep(ctx, session, **changes)
    ctx.set("changed", sorted(changes))


ticket.keep = keep
user_session.keep = keep_session
