"""Bug: state is read as the current version keeps it; nothing that an older version left is brought up to date.

Caught by expected_outcomes, since every order fails that comes after an upgrade, as in `upgrade_in_checkout`; and
seat_map_converges finds no map.
"""

from __future__ import annotations

from services import seat_map
from services.app import app
from services.serde import Json, M
from services.state import Versioned

__all__ = ["app"]


def as_it_is(serde: Versioned[M], buf: bytes) -> M:
    return Json.deserialize(serde, buf)


Versioned.deserialize = as_it_is
seat_map.MAP.formerly = None
