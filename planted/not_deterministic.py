"""Bug: how long a seat is to be held is drawn anew by every attempt, so a replay asks for something else than before.

Caught by all_orders_end and replays_fit when every await is replayed (`--chaos-always-replay`), in any scenario; seldom
seen otherwise.
"""

from __future__ import annotations

import random

from services import ticket
from services.app import app

__all__ = ["app"]

Reserve = ticket.Reserve


class RandomReserve(Reserve):
    def __init__(self, **fields: object) -> None:
        super().__init__(**fields | {"hold_ms": random.randrange(600_000, 900_000)})


ticket.Reserve = RandomReserve
