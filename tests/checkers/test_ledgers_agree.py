"""ledgers_agree: a ledger that contradicts itself is UNKNOWN, whatever it says of the app."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "ledgers_agree"


def good() -> World:
    return World().book("o1", attempts=2).decline("o2", "A2")


def said(ask: Ask, world: World) -> list[str]:
    result = ask(NAME, world)
    assert {finding.outcome for finding in result.findings} <= {Outcome.UNKNOWN}
    return [finding.message for finding in result.findings]


def test_ledgers_that_agree(ask: Ask) -> None:
    result = ask(NAME, good())
    assert (result.outcome, result.cases) == (Outcome.VALID, 5)
    assert result.summary == "11 rows of gateway, 3 rows of mailer"


@pytest.mark.parametrize("source", ["gateway", "mailer"])
@pytest.mark.parametrize("kind", ["arrival", "effect", "answer"])
def test_a_row_that_is_there_twice(ask: Ask, source: str, kind: str) -> None:
    world = good()
    rows = world.rows[source]
    place = next(at for at, row in enumerate(rows) if row.kind == kind)
    rows.insert(place, rows[place])
    assert f"1 rows of {source} are out of order or there twice" in said(ask, world)


def test_rows_out_of_order(ask: Ask) -> None:
    world = good()
    world.rows["gateway"].reverse()
    assert any("out of order" in message for message in said(ask, world))


def test_a_row_whose_attempt_never_arrived(ask: Ask) -> None:
    world = good()
    world.drop("gateway", lambda row: row.row == 1)
    assert said(ask, world) == ["1 rows of gateway belong to attempts that had not arrived"]


@pytest.mark.parametrize(
    "change", [{"key": "k"}, {"case": "o9"}, {"path": "/v1/x"}, {"method": "PUT"}, {"rule_id": "r"}, {"number": 9}]
)
@pytest.mark.parametrize("kind", ["arrival", "answer"])
def test_rows_of_one_attempt_that_differ(ask: Ask, change: dict[str, Any], kind: str) -> None:
    world = good()
    world.alter("gateway", lambda row: row.kind == kind and row.attempt == 1, **change)
    assert said(ask, world) == ["1 rows of gateway differ from the arrival of their attempt"]


def test_an_attempt_that_ends_twice(ask: Ask) -> None:
    world = good()
    answer = next(row for row in world.rows["mailer"] if row.kind == "answer")
    world.rows["mailer"].append(answer.model_copy(update={"row": 99, "kind": "drop"}))
    assert said(ask, world) == ["1 rows of mailer end attempts that had ended"]
