"""Bug: the seat map believes the first thing it hears of a seat and nothing after that.

Caught by seat_map_converges: the map still says RESERVED of a seat whose ticket is SOLD, after any booking.
"""

from __future__ import annotations

from services import seat_map
from services.app import app

__all__ = ["app"]


def is_newer(change: seat_map.Change, seen: seat_map.Seen | None) -> bool:  # noqa: ARG001 - the bug is not to look
    return seen is None


seat_map.is_newer = is_newer
