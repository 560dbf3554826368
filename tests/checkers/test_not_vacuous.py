"""not_vacuous: enough was done, under every fault, to the end."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.record import Source
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import START_MS, World

NAME = "not_vacuous"


def test_a_busy_run_that_ended_is_valid(ask: Ask) -> None:
    result = ask(NAME, World(expect=Expect(min_ok=2)).book("o1").book("o2", "A2").refuse("o3").fault())
    assert (result.outcome, result.cases, result.summary) == (Outcome.VALID, 3, "3 operations, 2 ok, 1 faults")


def test_too_few_ok(ask: Ask) -> None:
    result = ask(NAME, World(expect=Expect(min_ok=2)).book("o1").refuse("o2"))
    assert (result.outcome, result.findings[0].message) == (
        Outcome.UNKNOWN, "1 operations were ok, the plan expects at least 2",
    )  # fmt: skip


def test_a_fault_that_no_operation_met(ask: Ask) -> None:
    world = World().book("o1").fault()
    world.alter("faults", lambda event: event.phase in ("intended", "injected"), at_ms=START_MS + 10**6)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].fault_id) == (Outcome.UNKNOWN, "crash")


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ({"deadline_passed": True}, "the scenario's deadline passed; still pending: Checkout/o1/run running"),
        ({"converged_at_ms": None}, "the run did not converge after the heal; still pending: Checkout/o1/run running"),
    ],
)
def test_a_run_that_did_not_come_to_its_end(ask: Ask, meta: dict[str, Any], says: str) -> None:
    result = ask(NAME, World(pending=("Checkout/o1/run running",), **meta).book("o1"))
    assert (result.outcome, [finding.message for finding in result.findings]) == (Outcome.UNKNOWN, [says])


@pytest.mark.parametrize("source", ["history", "faults"])
def test_it_needs_the_log_of_the_faults_it_counts(ask: Ask, source: str) -> None:
    world = World().book("o1").fault()
    world.sources[source] = Source(state="partial")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_an_empty_run_is_no_case(ask: Ask) -> None:
    assert ask(NAME, World(expect=Expect(min_ok=0))).outcome is Outcome.UNKNOWN
