"""holds_expire: a hold that nobody pays for ends by its timer."""

from __future__ import annotations

from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import abandoned, dead, taken_again
from tests.checkers.world import EVENT, Run, World

NAME = "holds_expire"


def test_a_hold_whose_timer_is_still_to_come_is_valid(ask: Ask) -> None:
    result = ask(NAME, abandoned())
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


def test_a_hold_that_nothing_will_end_is_invalid(ask: Ask) -> None:
    world = abandoned()
    world.alter("invocations", lambda row: (row.key, row.handler) == (f"{EVENT}:A1", "expire"), status="completed")
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].subject) == (Outcome.INVALID, f"{EVENT}:A1")
    assert result.findings[0].message == "still held, and no timer is left that would ever free it"


def test_while_something_moves_it_is_unknown(ask: Ask) -> None:
    world = abandoned(converged_at_ms=None).book("late", "A3").stick("late")
    world.alter("invocations", lambda row: (row.key, row.handler) == (f"{EVENT}:A1", "expire"), status="completed")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_holds_that_end_while_a_process_is_dead_are_counted(ask: Ask) -> None:
    expect = Expect(expired_while_down=1)
    (told,) = (
        row for row in abandoned().rows["history"] if isinstance(row.output, dict) and "expires_at_ms" in row.output
    )
    ends = told.output["expires_at_ms"]
    assert ask(NAME, dead(abandoned(expect=expect), ends - 10, ends + 10)).outcome is Outcome.VALID
    for late in (
        dead(abandoned(expect=expect), ends + 10, ends + 20),
        dead(abandoned(expect=expect), 0, ends - 10, 20),
    ):
        result = ask(NAME, late)
        assert result.outcome is Outcome.UNKNOWN
        assert result.findings[0].message == "0 holds ended while a process was dead, the plan expects 1"


def test_a_timer_that_comes_during_another_hold_and_frees_nothing_is_seen(ask: Ask) -> None:
    expect = Expect(timers_outlived=1)
    result = ask(NAME, taken_again(frees=False, expect=expect))
    assert (result.outcome, result.details["outlived"]) == (Outcome.VALID, 1)
    result = ask(NAME, abandoned(expect=expect))
    assert result.outcome is Outcome.UNKNOWN
    assert result.findings[0].message == "0 timers came while another hold was on, the plan expects 1"


def test_a_hold_freed_by_the_timer_of_another_is_invalid(ask: Ask) -> None:
    result = ask(NAME, taken_again(frees=True))
    assert (result.outcome, result.findings[0].case) == (Outcome.INVALID, "second")
    assert result.findings[0].message == "held in version 3, and freed by the timer of another hold"


def test_a_timer_nobody_knows_the_sender_of_accuses_nobody(ask: Ask) -> None:
    world = taken_again(frees=True)
    world.alter("invocations", lambda row: row.handler == "expire", invoked_by_id="inv_unknown")
    assert ask(NAME, world).outcome is not Outcome.INVALID


def test_a_hold_that_its_own_timer_ends_is_valid(ask: Ask) -> None:
    world = abandoned()
    timer = world.invocation(f"{EVENT}:A1", "Ticket", "expire")
    fired = Run(world, "Ticket", world.key("A1"), "expire", {}, None)
    fired.act(lambda run: world._free(run, "A1"))
    world.alter("invocations", lambda row: row.id == fired.id, invoked_by_id=timer.invoked_by_id)
    world.drop("invocations", lambda row: row is timer)
    result = ask(NAME, world)
    assert (result.outcome, result.findings) == (Outcome.VALID, ())


def test_a_timer_that_comes_while_nobody_holds_the_seat_outlives_none(ask: Ask) -> None:
    world = World(expect=Expect(timers_outlived=1)).reserve("first")
    world._invoke("Ticket", world.key("A1"), "release", {}, lambda run: world._free(run, "A1", "first"))
    timer = world.invocation(world.key("A1"), "Ticket", "expire")
    fired = Run(world, "Ticket", world.key("A1"), "expire", {}, None)
    fired.act(lambda _: None)
    world.reserve("second").alter("invocations", lambda row: row.id == fired.id, invoked_by_id=timer.invoked_by_id)
    world.drop("invocations", lambda row: row is timer)
    result = ask(NAME, world)
    assert (result.outcome, result.details["outlived"]) == (Outcome.UNKNOWN, 0)
