"""The environment the services read their settings from, and a fresh HTTP client a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.outbound import client
from services.settings import settings

GATEWAY = "http://gateway.test"
MAILER = "http://mailer.test"


@pytest.fixture(autouse=True)
async def environment(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("NEXUS_GATEWAY_URL", GATEWAY)
    monkeypatch.setenv("NEXUS_MAILER_URL", MAILER)
    settings.cache_clear()
    client.cache_clear()
    yield monkeypatch
    if client.cache_info().currsize:
        await client().aclose()
