"""Bug: the secret of a signup is kept as it was mailed, where a hash of it would do.

Caught by no_secret_leaks: it stands in the state, also if nobody ever sends it back, as in `signup_timeout`.
"""

from __future__ import annotations

from services import signup
from services.app import app

__all__ = ["app"]


def kept(secret: str) -> str:
    return secret


signup._digest = kept
