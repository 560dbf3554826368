"""Version 1: the services as they are, on the state as it was kept before it had a schema version.

The event counted its hold in seconds, the seat map was kept under the key `seats` and counted the seats sold.
"""

from __future__ import annotations

import json

from services import event, seat_map
from services.app import app
from services.serde import Json, M
from services.state import Kept, Versioned

__all__ = ["app"]


class Terms(Json[event.Terms]):
    """The event's terms with `hold_s` in place of `hold_ms`."""

    def serialize(self, obj: event.Terms | None) -> bytes:
        assert obj is not None
        fields = obj.model_dump()
        fields["hold_s"] = fields.pop("hold_ms") / 1000
        return json.dumps(fields).encode()

    def deserialize(self, buf: bytes) -> event.Terms:
        fields = json.loads(buf)
        fields["hold_ms"] = round(fields.pop("hold_s") * 1000)
        return super().deserialize(json.dumps(fields).encode())


class Seats(Json[seat_map.SeatMap]):
    """The seat map with the number of seats `sold`."""

    def serialize(self, obj: seat_map.SeatMap | None) -> bytes:
        assert obj is not None
        sold = sum(obj.status(seat_id) == "SOLD" for seat_id in obj.listed)
        return json.dumps({**obj.model_dump(), "sold": sold}).encode()


def without_version(serde: Versioned[M], obj: M | None) -> bytes:
    return Json.serialize(serde, obj)


Versioned.serialize = without_version
event.TERMS = Kept("event", Terms(event.Terms))
seat_map.MAP = Kept("seats", Seats(seat_map.SeatMap))
