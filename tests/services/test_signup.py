"""Signup: a secret nobody can guess, and what becomes of it when it is sent back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest
from restate import TerminalError

from services import signup
from services.errors import refuse
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


@pytest.mark.parametrize("clicked", [True, False])
def test_a_signup_mails_its_secret_and_ends_as_it_was_clicked_or_not(
    environment: pytest.MonkeyPatch, clicked: bool
) -> None:
    signed_up = Object(signup.service, "ann")
    signed_up.answers["secret"] = SECRET

    async def select(*, verified: Any, time_up: timedelta) -> list[Any]:
        assert time_up == timedelta(hours=1)
        assert signed_up.call("status") == {"stage": "WAITING", "verified": False}
        if clicked:
            signed_up.call("click", secret=SECRET)
        return ["verified" if clicked else "time_up", verified]

    environment.setattr("restate.select", select)
    if clicked:
        assert signed_up.call("run", name="Ann", email="ann@example.org") == {"user_id": "ann", "verified": True}
    else:
        with pytest.raises(TerminalError, match=r"^not_verified: "):
            signed_up.call("run", name="Ann", email="ann@example.org")
        refused(signed_up, SECRET, "not_verified", 408)
    told = {"stage": "VERIFIED" if clicked else "NOT_VERIFIED", "verified": clicked}
    assert signed_up.call("status") == told
    mailed = signed_up.asked[-1]
    assert (mailed.what, mailed.body["key"], mailed.body["mail"].to) == ("mail", "signup:ann", "ann@example.org")
    assert mailed.body["mail"].body.split()[-1] == SECRET
    assert not [value for value in signed_up.state.values() if SECRET.encode() in value]


def test_a_signup_whose_mail_is_refused_is_not_verified() -> None:
    signed_up = Object(signup.service, "ann")
    signed_up.answers |= {"secret": SECRET, "mail": refuse("gateway_refused", "-")}
    with pytest.raises(TerminalError, match=r"^gateway_refused: "):
        signed_up.call("run", name="Ann", email="ann@example.org")
    assert signed_up.call("status")["stage"] == "NOT_VERIFIED"
