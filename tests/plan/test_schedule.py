"""Schedules: what must not meet is refused before anything runs, and cycles are written out in order."""

import pytest
from pydantic import ValidationError

from booking.workloads import Booking
from chaos.errors import BadInput
from chaos.faults import Kill, Latency, LinkDown, Pause, ResetPeer
from chaos.faults.fault import Fault
from chaos.plan.moments import AtTime, EffectSeen, JournalState, LoadEnded, Trigger
from chaos.plan.plan import Plan, decide
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step

SOON = AtTime(at_s=0.1)


def step(
    name: str,
    fault: Fault,
    *,
    after: str | None = None,
    when: Trigger = SOON,
    until: Trigger = SOON,
    cycles: int = 1,
) -> Step:
    return Step(id=name, fault=fault, after=after, when=when, until=until, cycles=cycles, quiet_s=0.2)


def plan(*steps: Step, endpoints: int = 2) -> Plan:
    return Plan(name="x", workload=Booking(orders=1, seats=1), steps=steps, stack=StackSpec(endpoints=endpoints))


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        (Kill(), Pause(target="endpoint-1"), "process endpoint-1"),
        (Kill(), Kill(), "process endpoint-0"),
        (Kill(target="endpoints"), Pause(target="endpoint-0"), "process endpoint-0"),
        (Kill(target="restate"), Pause(target="restate"), "process restate"),
        (Kill(target="toxiproxy"), LinkDown(link="gateway"), "link gateway"),
        (LinkDown(link="gateway"), ResetPeer(link="gateway"), "link gateway"),
        (LinkDown(link="gateway"), Latency(link="gateway", latency_ms=9), "link gateway latency downstream"),
        (
            Latency(link="gateway", latency_ms=9),
            Latency(link="gateway", latency_ms=8),
            "link gateway latency downstream",
        ),
    ],
)
def test_two_faults_that_exclude_each_other_need_an_order(first: Fault, second: Fault, shared: str) -> None:
    with pytest.raises(ValidationError, match=f"a .* and b .* both need {shared} for themselves.*after: a"):
        plan(step("a", first), step("b", second))
    plan(step("a", first), step("b", second, after="a"))
    plan(
        step("a", first),
        step("between", Latency(link="mailer", latency_ms=1), after="a"),
        step("b", second, after="between"),
    )


def test_faults_on_other_targets_go_side_by_side() -> None:
    plan(
        step("a", Kill(target="endpoint-0")),
        step("b", Pause(target="endpoint-1")),
        step("c", LinkDown(link="gateway")),
        step("d", Latency(link="mailer", latency_ms=9)),
        step("e", Latency(link="mailer", latency_ms=9, stream="upstream")),
    )


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([step("a", Kill()), step("a", Kill())], "'a' is used twice"),
        ([step("a", Kill(), cycles=2), step("a_2", LinkDown(link="gateway"))], "'a_2' is used twice"),
        ([step("a", Kill(), after="b")], "a comes after step 'b'; allowed: no other step"),
        ([step("a", Kill(), after="a")], "would have to come after itself"),
        ([step("a", Kill(), after="b"), step("b", Kill(), after="a")], "would have to come after itself"),
        ([step("a", Kill(), until=LoadEnded()), step("b", Kill(), after="a")], "lasts until the load ends"),
        ([step("a", Kill(), until=LoadEnded(), cycles=2)], "must end each before the load ends"),
        ([step("a", Kill(), when=EffectSeen(step="b"))], "waits for step 'b'"),
        (
            [step("a", Kill(), cycles=3), step("b", LinkDown(link="gateway"), when=EffectSeen(step="a"))],
            "waits for a, which has 3 cycles; use `after`",
        ),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(steps: list[Step], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        plan(*steps)


def test_cycles_follow_each_other_with_victims_of_their_own() -> None:
    written = plan(
        step("last", LinkDown(link="gateway"), after="crash"),
        step("crash", Kill(), when=AtTime(at_s=3), cycles=20),
        endpoints=16,
    )
    decided = decide(written, "s", 16).steps
    assert [each.id for each in decided] == ["last", *(f"crash_{number}" for number in range(1, 21))]
    assert [each.after for each in decided] == ["crash_20", None, *(f"crash_{number}" for number in range(1, 20))]
    assert [each.when for each in decided[1:]] == [AtTime(at_s=3), *[AtTime(at_s=0.2)] * 19]
    assert {each.cycles for each in decided} == {1}
    assert len({str(each.fault) for each in decided[1:]}) > 1
    assert decide(written, "s", 16).steps == decided


def test_a_step_cannot_wait_for_an_operation_that_there_is_not() -> None:
    written = plan(step("a", Kill(), when=JournalState(run="charge", operation=1)))
    with pytest.raises(BadInput, match="step a: the load has no operation 1\n  allowed: 0 to 0"):
        decide(written, "s", 2)
