"""Bug: any 4xx counts as the gateway's own, also the page of a proxy that could not reach it.

Caught by needs_a_person: a void that was given up on an answer that nobody at the gateway gave, as in
`proxy_in_between`.
"""

from __future__ import annotations

from services.app import app
from services.outbound import Answer

__all__ = ["app"]

Answer.is_last_word = property(lambda self: self.status < 300 or 400 <= self.status < 500)  # type: ignore[assignment]
