"""steady_state: normal, not too bad while broken, and normal again in time; a miss is named, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaos.checkers import steady_state
from chaos.checkers.steadiness import Steady
from chaos.evidence.journal import Invocation
from chaos.plan.expect import Expect
from chaos.verdict import CheckResult, Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import EVENT, World
from tests.checkers.worlds import broken, looked, recovered

NAME = "steady_state"


def stating(**steady: Any) -> World:
    """A world without an operation yet, that states what steady is."""
    return World(expect=Expect(steady=Steady(**{"recovers_within_s": 1} | steady)))


def missed(result: CheckResult) -> str:
    """The one thing that was missed; never INVALID."""
    assert result.outcome is Outcome.UNKNOWN
    (finding,) = result.findings
    return finding.message


def invocation(world: World, created_at_ms: int, completed_at_ms: int | None, **more: Any) -> None:
    number = len(world.rows["invocations"])
    about = {"service": "SeatMap", "key": EVENT, "handler": "get", "invoked_by": "ingress", "status": "completed"}
    world.rows["invocations"].append(
        Invocation(
            id=f"inv_{number}", created_at_ms=created_at_ms, completed_at_ms=completed_at_ms, **about | more  # type: ignore[arg-type]
        )
    )  # fmt: skip


def test_a_run_that_is_steady_again_is_valid_and_says_how_soon(ask: Ask) -> None:
    result = ask(NAME, recovered())
    assert (result.outcome, result.cases) == (Outcome.VALID, 36)
    assert result.summary == "steady again 20 ms after the last heal, 1000 ms allowed"
    assert result.details == {
        "first_good_ms": 20, "p95_back_ms": 10, "drained_ms": 0, "recovered_ms": 20, "allowed_ms": 1000,
        "phases": [
            {"phase": "before", "operations": 21, "good": 1.0, "p95_ms": 10, "longest_ms": 470},
            {"phase": "during", "operations": 3, "good": 1.0, "p95_ms": 200, "longest_ms": 200},
            {"phase": "after", "operations": 12, "good": 1.0, "p95_ms": 10, "longest_ms": 10},
        ],
    }  # fmt: skip


def test_too_few_before_say_nothing_of_what_is_normal(ask: Ask) -> None:
    world = stating()
    looked(world, 19)
    broken(world)
    looked(world, 10)
    assert missed(ask(NAME, world)).startswith("19 operations ended before the first fault; it takes 20")


def test_a_run_that_was_not_steady_before(ask: Ask) -> None:
    world = stating(good=0.9)
    looked(world, 17)
    looked(world, 3, code="unpaid")
    broken(world)
    looked(world, 10)
    assert missed(ask(NAME, world)).startswith("before the first fault 85.0% of the answers were good, the plan states")


def test_a_run_that_was_too_slow_before(ask: Ask) -> None:
    world = stating(p95_ms=8)
    looked(world, 20)
    broken(world)
    looked(world, 10)
    assert missed(ask(NAME, world)) == "before the first fault p95 was 10 ms, 2 ms more than the 8 ms stated"


def test_degraded_beyond_the_share_allowed(ask: Ask) -> None:
    world = stating(worst_good=0.5)
    looked(world, 20)
    broken(world, code="gateway_refused")
    looked(world, 10)
    assert missed(ask(NAME, world)).startswith("while something was broken 0.0% of the answers were good")


def test_degraded_beyond_the_p95_allowed(ask: Ask) -> None:
    world = stating(worst_p95_ms=150)
    looked(world, 20)
    broken(world, took_ms=200)
    looked(world, 10)
    assert missed(ask(NAME, world)).endswith("p95 was 200 ms, 50 ms more than the 150 ms stated")


def test_a_stall_that_has_to_show_and_does_not(ask: Ask) -> None:
    world = stating(stalls_ms=201)
    looked(world, 20)
    broken(world, took_ms=200)
    looked(world, 10)
    message = "while something was broken no answer took 201 ms; the longest 200 ms"
    assert missed(ask(NAME, world)) == message


def test_a_fault_during_which_nobody_asked_was_not_seen_at_its_worst(ask: Ask) -> None:
    world = stating()
    looked(world, 20)
    broken(world, looks=0)
    looked(world, 10)
    assert missed(ask(NAME, world)).startswith("no operation met a fault")


def test_refusals_of_a_healthy_system_are_good_answers(ask: Ask) -> None:
    world = stating()
    looked(world, 20, code="seat_sold")
    broken(world)
    looked(world, 10, code="declined")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_operation_that_was_under_way_when_it_broke_is_not_of_before(ask: Ask) -> None:
    world = recovered()
    (first_during,) = [event for event in world.rows["history"] if (event.operation, event.type) == (21, "invoke")]
    world.alter("history", lambda event: event is first_during, at_ms=first_during.at_ms - 100)
    phases = ask(NAME, world).details["phases"]
    assert isinstance(phases, list)
    assert [phase["operations"] for phase in phases if isinstance(phase, dict)] == [21, 3, 12]


def test_a_first_good_answer_that_comes_too_late(ask: Ask) -> None:
    world = stating(recovers_within_s=0.5, p95_factor=100)
    looked(world, 20)
    broken(world)
    looked(world, 10, took_ms=700)
    message = "the first good answer came 710 ms after the last heal, 210 ms later than recovers_within_s 0.5 allows"
    assert missed(ask(NAME, world)) == message


def test_p95_that_is_back_too_late(ask: Ask) -> None:
    world = stating(recovers_within_s=0.5)
    looked(world, 20)
    broken(world)
    looked(world, 9, took_ms=100)
    looked(world, 10)
    said = missed(ask(NAME, world))
    assert said.startswith("p95 as it was (10 operations due one after another with 95% good answers and p95 within 3 ")
    assert said.endswith("came 1000 ms after the last heal, 500 ms later than recovers_within_s 0.5 allows")


@pytest.mark.parametrize(("took_ms", "code"), [(100, None), (10, "unpaid")], ids=["slow", "not good"])
def test_p95_that_never_comes_back(ask: Ask, took_ms: int, code: str | None) -> None:
    world = stating()
    looked(world, 20)
    broken(world)
    looked(world, 1)
    looked(world, 12, took_ms=took_ms, code=code)
    result = ask(NAME, world)
    assert missed(result).endswith("never came after the last heal; recovers_within_s 1")
    assert result.summary == "not steady again after the last heal"


def test_too_few_after_say_nothing_of_a_recovery(ask: Ask) -> None:
    world = stating()
    looked(world, 20)
    broken(world)
    looked(world, 9)
    assert missed(ask(NAME, world)).startswith("9 operations were due after the last heal; it takes 10")


@pytest.mark.parametrize(
    ("ends_after_ms", "said"),
    [(1_300, "came 1300 ms after the last heal, 300 ms later than"), (None, "never came after the last heal")],
)
def test_a_backlog_that_is_drained_too_late_or_never(ask: Ask, ends_after_ms: int | None, said: str) -> None:
    world = stating()
    looked(world, 20)
    invocation(world, world.now - 60, world.now)  # one at a time is normal
    broken(world)
    healed_at_ms = world.now
    for _ in range(2):
        invocation(world, healed_at_ms - 50, None if ends_after_ms is None else healed_at_ms + ends_after_ms)
    looked(world, 10)
    found = missed(ask(NAME, world))
    assert found.startswith("the backlog drained (at most 1 open invocations, as before)")
    assert said in found


def test_a_timer_is_no_backlog(ask: Ask) -> None:
    world = recovered()
    waits = {"service": "Ticket", "handler": "expire", "invoked_by": "service", "status": "scheduled"}
    invocation(world, world.now - 400, None, **waits)
    assert ask(NAME, world).details["drained_ms"] == 0


def test_latency_counts_from_when_an_operation_was_due(ask: Ask) -> None:
    world = recovered()
    sent = {event.operation: event.at_ms for event in world.rows["history"] if event.type == "invoke"}
    for number in range(24, 36):
        due = {"intended_at_ms": sent[number] - 40}
        world.alter("history", lambda event, number=number: (event.operation, event.type) == (number, "invoke"), **due)
    phases = ask(NAME, world).details["phases"]
    assert isinstance(phases, list)
    assert isinstance(phases[2], dict)
    assert phases[2]["p95_ms"] == 50


def test_what_was_never_injected_or_healed_leaves_nothing_to_recover_from(ask: Ask) -> None:
    for phase in ("injected", "healed"):
        world = recovered()
        world.drop("faults", lambda event, phase=phase: event.phase == phase)
        assert missed(ask(NAME, world)).startswith("nothing was injected, or not everything was healed")


def test_recovery_counts_from_the_last_heal(ask: Ask) -> None:
    world = recovered()
    broken(world, step="again")
    looked(world, 15)
    result = ask(NAME, world)
    assert result.outcome is Outcome.VALID
    phases = result.details["phases"]
    assert isinstance(phases, list)
    assert [phase["operations"] for phase in phases if isinstance(phase, dict)] == [21, 18, 15]


def test_it_is_asked_only_where_a_plan_states_what_steady_is(ask: Ask, tmp_path: Path) -> None:
    assert steady_state.expected(recovered().write(tmp_path / "1"))
    assert not steady_state.expected(World().book("o1").write(tmp_path / "2"))
    assert "does not state" in missed(ask(NAME, World().book("o1").fault()))
