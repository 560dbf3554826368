"""Bug: a signup is verified by whatever secret is sent.

Caught by signups_prove: a secret that was guessed was accepted, in `signup`.
"""

from __future__ import annotations

from types import SimpleNamespace

from services import signup
from services.app import app

__all__ = ["app"]

signup.hmac = SimpleNamespace(compare_digest=lambda *_: True)  # type: ignore[assignment]
