"""Lawful: answers carry more than the contract names, and none of it is anybody's secret."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from services import checkout, event, notifications, seat_map, ticket, user_session
from services.app import app
from services.serde import Json, M

__all__ = ["app"]


class Talkative(Json[M]):
    """An answer with fields of its own beside those of the model."""

    def __init__(self, model: type[M], more: dict[str, Any]) -> None:
        super().__init__(model)
        self.more = more

    def serialize(self, obj: M | None) -> bytes:
        return b"" if obj is None else Wider(**obj.model_dump(), **self.more).model_dump_json().encode()


class Wider(BaseModel, extra="allow"):
    """Any fields."""


LOOKS = {
    "checkout": (checkout.service.handlers["status"], checkout.Progress, {"progress": 0.5, "hint": "ask again"}),
    "ticket": (ticket.service.handlers["get"], ticket.View, {"zone": "stalls"}),
    "event": (event.service.handlers["get"], event.Terms, {"doors_open": "19:00"}),
    "map": (seat_map.service.handlers["get"], seat_map.View, {"rows": 4}),
    "session": (user_session.service.handlers["get"], user_session.View, {"greeting": "hello"}),
    "inbox": (notifications.service.handlers["get"], notifications.View, {"total": 0}),
}
for handler, model, more in LOOKS.values():
    handler.handler_io.output_serde = Talkative(model, more)
