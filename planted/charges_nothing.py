"""Bug: the gateway is asked for a charge of nothing too, which it refuses: every order of a free event fails.

Caught by exactly_once_charge: of a free event nothing is to be asked of the gateway, as in `free_event`.
"""

from __future__ import annotations

from services import checkout
from services.app import app

__all__ = ["app"]

checkout.is_free = lambda _: False
