"""Bug: 409 "in progress" counts as an answer, and as a no: what it was asked for is given up.

Caught by needs_a_person: a void that was given up on an answer that is none, as in `still_in_progress`.
"""

from __future__ import annotations

from services.app import app
from services.outbound import Answer

__all__ = ["app"]

Answer.is_last_word = property(lambda self: self.ok or self.code is not None)  # type: ignore[assignment]
