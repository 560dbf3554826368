"""unsigned_refused: a call that Restate did not sign must be refused, and must do nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.checkers import unsigned_refused
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World
from tests.checkers.worlds import strangers

NAME = "unsigned_refused"


@pytest.mark.parametrize("answers", [(401, 401), (401, 403)])
def test_refused_calls_that_did_nothing(ask: Ask, answers: tuple[int, ...]) -> None:
    result = ask(NAME, strangers(answers))
    assert (result.outcome, result.cases, result.summary) == (Outcome.VALID, 2, "2 of 2 unsigned calls refused")


def test_a_call_that_is_not_refused(ask: Ask) -> None:
    result = ask(NAME, strangers((401, 200)))
    (finding,) = result.findings
    assert (result.outcome, finding.fault_id) == (Outcome.INVALID, "stranger")
    assert finding.message == "1 calls that Restate did not sign were answered [200]"


def test_a_call_that_is_carried_out_whatever_it_was_answered(ask: Ask) -> None:
    world = strangers()
    world.attempt("mailer", "/v1/messages", "notification:unsigned-stranger-1", None, 202, "message")
    result = ask(NAME, world)
    (finding,) = result.findings
    assert result.outcome is Outcome.INVALID
    assert finding.message == "1 calls that Restate did not sign were carried out, up to the mailer"
    assert len(finding.ledger_rows) == 3


def test_mail_that_was_ordered_is_no_finding(ask: Ask) -> None:
    world = strangers()
    world.attempt("mailer", "/v1/messages", "notification:o9", None, 202, "message")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_calls_that_were_never_answered_show_nothing(ask: Ask) -> None:
    result = ask(NAME, strangers(()))
    assert (result.outcome, result.cases) == (Outcome.UNKNOWN, 0)


def test_it_is_asked_where_the_plan_makes_such_calls(tmp_path: Path) -> None:
    assert unsigned_refused.expected(strangers().write(tmp_path / "1"))
    assert not unsigned_refused.expected(World().book("o1").fault().write(tmp_path / "2"))
