"""signups_prove: verified by the mailed secret, by nothing else, and mailed once."""

from __future__ import annotations

from typing import Any

import pytest

from booking.settings import BookingSettings
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import dead, signed_up
from tests.checkers.world import Run, World

NAME = "signups_prove"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_one_verified_and_one_that_waited_in_vain_are_valid(ask: Ask) -> None:
    assert told(ask, signed_up()) == (Outcome.VALID, [])


def answer(world: World, target: str, told: str | None, **change: Any) -> World:
    world.alter("history", lambda event: (event.target, event.code) == (target, told) and event.status, **change)
    return world


@pytest.mark.parametrize(
    ("target", "code", "change", "said"),
    [
        ("click", "wrong_secret", {"type": "ok", "code": None}, "in: a secret that was guessed was accepted"),
        ("click", None, {"type": "fail", "code": "wrong_secret"}, "in: the secret that was mailed was refused"),
        ("click", None, {"type": "fail", "code": "invalid"}, "in: verified, and no click was accepted"),
    ],
)
def test_what_was_clicked_and_how_it_ended_disagree(
    ask: Ask, target: str, code: str | None, change: dict[str, Any], said: str
) -> None:
    outcome, messages = told(ask, answer(signed_up(), f"Signup/in/{target}", code, **change))
    assert outcome is Outcome.INVALID
    assert any(message.startswith(said) for message in messages)


def test_a_click_that_was_never_answered_accuses_nobody(ask: Ask) -> None:
    world = answer(signed_up(), "Signup/in/click", None, type="info", status=None, code="timeout")
    assert told(ask, world) == (Outcome.UNKNOWN, ["in: verified, and no click was accepted"])


def ended(kept: bool | None, first: str = "GetPromise") -> World:
    """A click was accepted, and the signup ended 408; its journal shows the promise kept, or the time up, before."""
    world = answer(signed_up(), "Signup/in/run", None, type="fail", code="not_verified", status=408)
    if kept is not None:
        run = Run(world, "Signup", "in", "run", {"email": "in"}, None)
        run.entry("command", "GetPromise", completion_id=1)
        run.entry("command", "Sleep", completion_id=2)
        run.entry("notification", first, completion_id=1 if first == "GetPromise" else 2, value=kept)
        run.act(lambda _: None)
    return world


def test_a_promise_that_was_kept_in_time_counts(ask: Ask) -> None:
    outcome, messages = told(ask, ended(True))
    assert outcome is Outcome.INVALID
    assert messages[0].startswith("in: the promise was kept in time, and the signup ended not_verified")


@pytest.mark.parametrize(("kept", "first"), [(False, "GetPromise"), (True, "Sleep")])
def test_a_click_that_came_when_the_time_was_up_may_be_accepted(ask: Ask, kept: bool, first: str) -> None:
    assert told(ask, ended(kept, first))[0] is Outcome.VALID


def test_without_a_journal_nobody_knows_whether_a_click_came_in_time(ask: Ask) -> None:
    said = "in: not verified, and a click was accepted: nobody knows which came first"
    assert told(ask, ended(None)) == (Outcome.UNKNOWN, [said])


@pytest.mark.parametrize(("secret", "told_"), [({}, "ok"), ({}, "wrong_secret"), ({"secret": "g"}, "ok")])
def test_what_is_clicked_after_the_end_may_be_answered_as_it_will(ask: Ask, secret: dict, told_: str) -> None:
    world = signed_up()
    number = world.told("invoke", "Signup/out/click", input=secret)
    end = {"status": 200} if told_ == "ok" else {"status": 403, "code": told_}
    world.told("ok" if told_ == "ok" else "fail", "Signup/out/click", number, **end)
    assert told(ask, world) == (Outcome.VALID, [])


def test_two_mails_or_none(ask: Ask) -> None:
    twice = signed_up()
    twice.attempt("mailer", "/v1/messages", "signup:out", None, 202, "message", message_id="m")
    assert said(ask, twice) == "out: 2 mails for one signup"
    never = signed_up()
    never.drop("mailer", lambda row: row.key == "signup:in")
    assert said(ask, never) == "in: verified, and no mail was ever sent"


def said(ask: Ask, world: World) -> str:
    """The one thing that is INVALID, without which sources say otherwise."""
    outcome, (message,) = told(ask, world)
    assert outcome is Outcome.INVALID
    return message.partition(" (against ")[0]


def test_signups_that_time_out_while_a_process_is_dead_are_counted(ask: Ask) -> None:
    def waiting() -> tuple[World, int]:
        world = signed_up(expect=Expect(expired_while_down=1), settings=BookingSettings(signup_timeout_s=1))
        run = Run(world, "Signup", "out", "run", {}, None)
        ends = (run.entry("command", "Sleep", completion_id=1).appended_at_ms or 0) + 1_000
        run.act(lambda _: None)
        return world, ends

    world, ends = waiting()
    assert told(ask, dead(world, ends - 10, ends + 10)) == (Outcome.VALID, [])
    world, ends = waiting()
    said = "0 signups timed out while a process was dead, the plan expects 1"
    assert told(ask, dead(world, ends + 10, ends + 20)) == (Outcome.UNKNOWN, [said])
