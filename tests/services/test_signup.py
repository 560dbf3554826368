"""Signup: a secret nobody can guess, and what becomes of it when it is sent back."""

from __future__ import annotations

import asyncio
import base64
import hashlib

import pytest
from restate import TerminalError

from services import signup
from tests.services.objects import Object

SECRET = "CANARY"


@pytest.fixture
def waiting() -> Object:
    """A signup that has mailed its secret."""
    waiting = Object(signup.service, "ann")
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    waiting.state["signup"] = f'{{"schema":1,"stage":"WAITING","secret_sha256":"{digest}"}}'.encode()
    return waiting


def refused(object_: Object, secret: str, code: str, status: int) -> None:
    with pytest.raises(TerminalError, match=f"^{code}: ") as refusal:
        object_.call("click", secret=secret)
    assert refusal.value.status_code == status
    assert secret not in refusal.value.message


def test_a_secret_is_new_each_time_one_word_and_long() -> None:
    made = {asyncio.run(signup.new_secret()) for _ in range(100)}
    assert len(made) == 100
    assert all(len(base64.urlsafe_b64decode(secret + "==")) >= 32 for secret in made)


def test_the_mailed_secret_verifies_also_when_it_comes_twice(waiting: Object) -> None:
    for _ in range(2):
        waiting.call("click", secret=SECRET)
    assert waiting.promises["email_verified"].values == [True]


@pytest.mark.parametrize("guess", ["canary", "CANAR", "CANARY ", "ü", hashlib.sha256(SECRET.encode()).hexdigest()])
def test_another_secret_changes_nothing(waiting: Object, guess: str) -> None:
    refused(waiting, guess, "wrong_secret", 403)
    assert waiting.promises == {}


def test_before_there_is_a_secret_every_one_is_wrong() -> None:
    refused(Object(signup.service, "ann"), SECRET, "wrong_secret", 403)


def test_the_mailed_secret_is_too_late_once_the_time_is_up(waiting: Object) -> None:
    waiting.promise("email_verified").values.append(False)
    refused(waiting, SECRET, "not_verified", 408)
    refused(waiting, "guess", "wrong_secret", 403)


def test_a_status_says_nothing_of_the_secret(waiting: Object) -> None:
    assert waiting.call("status") == {"stage": "WAITING", "verified": False}
    with pytest.raises(TerminalError, match=r"^unknown_signup: "):
        Object(signup.service, "bob").call("status")
