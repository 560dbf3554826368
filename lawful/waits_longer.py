"""Lawful: where the backoff is longer than Retry-After it is waited out all the same: not before, says the contract."""

from __future__ import annotations

from datetime import timedelta

from services import outbound
from services.app import app
from services.settings import settings

__all__ = ["app"]

_retry_after = outbound.retry_after


def retry_after(header: str) -> timedelta | None:
    wait = _retry_after(header)
    return max(wait, settings().retry_initial) if wait else None


outbound.retry_after = retry_after
