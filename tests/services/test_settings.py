"""Settings come from NEXUS_ variables; what cannot be used is refused when the process starts."""

from __future__ import annotations

import pytest
import restate
from pydantic import ValidationError

from services.settings import Settings

KEY = "publickeyv1_HHaMW9zpvGa8gv63tswfaWHyBFqyDHT7DheXS3VfHV6b"


def test_defaults_are_those_of_the_contract() -> None:
    read = Settings()
    assert (read.hold_ms, read.retry_initial_ms, read.retry_factor, read.retry_max_ms) == (900_000, 1_000, 2, 10_000)
    assert (read.compensation_attempts, read.attempt_timeout_s) == (20, 5)
    assert (read.payment_timeout_s, read.session_idle_ms, read.signup_timeout_s) == (300, 1_800_000, 3_600)
    assert read.identity_keys == ()


def test_urls_lose_their_last_slash_and_identity_keys_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_GATEWAY_URL", "http://127.0.0.1:9/base/")
    monkeypatch.setenv("NEXUS_IDENTITY_KEYS", "publickeyv1_a, publickeyv1_b,")
    read = Settings()
    assert read.gateway_url == "http://127.0.0.1:9/base"
    assert read.identity_keys == ("publickeyv1_a", "publickeyv1_b")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_URL", "gateway"),
        ("HOLD_MS", "0"),
        ("HOLD_MS", "soon"),
        ("RETRY_FACTOR", "0.5"),
        ("COMPENSATION_ATTEMPTS", "0"),
        ("ATTEMPT_TIMEOUT_S", "-1"),
        ("IDENTITY_KEYS", ","),
        ("IDENTITY_KEYS", " "),
    ],
)
def test_what_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"NEXUS_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


@pytest.mark.parametrize("keys", ["garbage", "publickeyv1_", "publickeyv1_a", f"{KEY},garbage", KEY.upper()])
def test_the_endpoint_does_not_start_with_a_key_that_is_none(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_IDENTITY_KEYS", keys)
    with pytest.raises(Exception, match="key"):
        restate.app([], identity_keys=list(Settings().identity_keys))


def test_the_endpoint_starts_with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXUS_IDENTITY_KEYS", f"{KEY},{KEY}")
    assert restate.app([], identity_keys=list(Settings().identity_keys))


def test_the_gateway_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEXUS_GATEWAY_URL")
    with pytest.raises(ValidationError, match="gateway_url"):
        Settings()
