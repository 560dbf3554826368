"""no_secret_shown: a secret in a log or in a failure is INVALID, whatever the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.checkers import CHECKERS
from chaos.evidence.record import Record
from chaos.verdict import CheckResult, Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import paid_in_secret
from tests.checkers.world import World

NAME, MARK = "no_secret_shown", "hmac:0123456789ab"


def test_a_secret_that_only_its_owner_hands_over_is_valid(ask: Ask) -> None:
    assert ask(NAME, paid_in_secret().decline("o2", "A2")).outcome is Outcome.VALID


def test_where_no_client_sent_one_there_is_nothing_to_look_for(tmp_path: Path) -> None:
    assert not CHECKERS[NAME].expected(World().book("o1").write(tmp_path / "plain"))
    assert not CHECKERS[NAME].expected(paid_in_secret().write(tmp_path / "nothing to read"))
    assert CHECKERS[NAME].expected(paid_in_secret().decline("o2", "A2").write(tmp_path / "secret"))


@pytest.mark.parametrize(
    ("said", "leak"),
    {
        "a secret in the failure of Checkout/o1/run": lambda w: w.alter(
            "invocations", lambda row: row.key == "o1", result="failure", failure=f"[500] {MARK}"
        ),
        "a secret in 1 rows of samples, which say why attempts failed": lambda w: (
            w.sample("o1"), w.alter("samples", lambda _: True, last_failure=MARK)
        ),
    }.items(),
)  # fmt: skip
def test_one_in_a_failure_is_invalid(said: str, leak: Callable[[World], object], ask: Ask) -> None:
    world = paid_in_secret()
    leak(world)
    result = ask(NAME, world)
    assert (result.outcome, [each.message for each in result.findings]) == (Outcome.INVALID, [said])


def test_one_in_a_log_is_invalid(tmp_path: Path) -> None:
    record = paid_in_secret().write(tmp_path / "r")
    (record.folder / "logs").mkdir()
    (record.folder / "logs" / "endpoint-0.log").write_text(f"started\npaid with {MARK}\n", "utf-8")
    result: CheckResult = CHECKERS[NAME].check(Record.open(record.folder))
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "logs/endpoint-0.log: a secret in 1 lines, the first is line 2"
