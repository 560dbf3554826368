"""Bug: that a payment was refunded is answered with 409, as if the seat had only been taken, and not with 424.

Caught by client_answers: a code under another status than the contract's, when a hold ends while its payment is under
way, as in `late_capture`.
"""

from __future__ import annotations

from services import errors
from services.app import app

__all__ = ["app"]

errors.STATUS["refunded"] = 409
