"""Bug: the endpoint is not told Restate's key, so it takes calls from anybody.

Caught by unsigned_refused: a private handler carried out what Restate never asked for, as in `unsigned_requests`.
"""

from __future__ import annotations

import restate

from services.app import SERVICES

__all__ = ["app"]

app = restate.app(services=SERVICES)
