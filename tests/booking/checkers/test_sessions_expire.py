"""sessions_expire: who comes back in time finds the cart as it was; who does not is not spoken for."""

from __future__ import annotations

import pytest

from chaos.evidence.record import Source
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import dead, used_again
from tests.checkers.world import START_MS, World

NAME = "sessions_expire"
LASTS_MS = 1_000


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_a_session_in_use_that_is_whole_is_valid(ask: Ask) -> None:
    result = ask(NAME, used_again(expect=Expect(kept_in_use=1)))
    assert (result.outcome, result.cases, result.details["kept_in_use"]) == (Outcome.VALID, 1, 1)


EARLY = "u: cleared, though its user was away for 630 ms at most and sessions last 1000"


@pytest.mark.parametrize("seats", [(), ("A1",)])
def test_a_session_in_use_that_an_older_timer_cleared_is_invalid(seats: tuple[str, ...], ask: Ask) -> None:
    result = ask(NAME, used_again(seats=seats, cleared_by=0))
    (finding,) = result.findings
    assert result.outcome is Outcome.INVALID
    assert finding.message == f"{EARLY}, by a timer that was set before the last seat was put in"
    assert (finding.subject or "").endswith(":A2")
    assert finding.invocation_id


@pytest.mark.parametrize("seats", [(), ("A2",), ("A1",)])
@pytest.mark.parametrize("cleared_by", [None, 1])
def test_one_that_is_gone_early_by_the_clock_alone_is_unknown(
    seats: tuple[str, ...], cleared_by: int | None, ask: Ask
) -> None:
    assert told(ask, used_again(seats=seats, cleared_by=cleared_by)) == (Outcome.UNKNOWN, [EARLY])


def test_the_older_timer_of_one_that_kept_its_last_seat_accuses_nobody(ask: Ask) -> None:
    assert told(ask, used_again(seats=("A2",), cleared_by=0)) == (Outcome.UNKNOWN, [EARLY])


@pytest.mark.parametrize("part", ["invocations", "journal"])
def test_without_all_evidence_it_is_unknown(part: str, ask: Ask) -> None:
    world = used_again()
    world.sources[part] = Source(state="partial", reason="cut")
    assert told(ask, world)[0] is Outcome.UNKNOWN


@pytest.mark.parametrize("gap_ms", [720, 5_000])
def test_one_whose_user_may_have_been_away_for_long_enough_accuses_nobody(gap_ms: int, ask: Ask) -> None:
    assert told(ask, used_again(gap_ms, ())) == (Outcome.VALID, [])
    seen = told(ask, used_again(gap_ms, (), expect=Expect(kept_in_use=1)))
    assert seen == (Outcome.UNKNOWN, ["0 looks at sessions in use for longer than one lasts, the plan expects 1"])


def test_a_user_who_looks_only_after_the_session_ended_accuses_nobody(ask: Ask) -> None:
    world = used_again(100, (), expect=Expect(kept_in_use=1))
    late = [row for row in world.rows["history"] if row.target == "UserSession/u/get"]
    for row in late:
        world.alter("history", lambda each, row=row: each is row, at_ms=row.at_ms + 5_000)
    said = "0 looks at sessions in use for longer than one lasts, the plan expects 1"
    assert told(ask, world) == (Outcome.UNKNOWN, [said])


def test_a_look_that_came_before_the_first_use_could_time_out_shows_nothing(ask: Ask) -> None:
    assert told(ask, used_again(300, expect=Expect(kept_in_use=1)))[0] is Outcome.UNKNOWN


def test_a_user_who_did_something_else_is_left_out(ask: Ask) -> None:
    world = used_again(seats=())
    number = world.told("invoke", "UserSession/u/clear")
    world.told("ok", "UserSession/u/clear", number, status=200)
    assert told(ask, world) == (Outcome.UNKNOWN, ["nothing in this record exercises the property"])


def test_a_use_whose_answer_came_late_accuses_nobody(ask: Ask) -> None:
    world = used_again(seats=())
    number = next(event.operation for event in world.rows["history"] if event.target == "UserSession/u/add_to_cart")
    used = lambda event: (event.operation, event.type) == (number, "ok")  # noqa: E731 - reads best
    world.alter("history", used, type="info", code="timeout", status=None)
    world.told("resolve", "UserSession/u/add_to_cart", number, conclusion="ok")
    assert told(ask, world) == (Outcome.UNKNOWN, ["nothing in this record exercises the property"])


def test_sessions_that_end_while_a_process_is_dead_are_counted(ask: Ask) -> None:
    def gone(from_ms: int, until_ms: int) -> World:
        world = used_again(5_000, (), expect=Expect(expired_while_down=1))
        sent, answered = [row.at_ms for row in world.rows["history"] if row.target == "UserSession/u/add_to_cart"][-2:]
        assert answered > sent > START_MS
        return dead(world, sent + LASTS_MS + from_ms, answered + LASTS_MS + until_ms)

    assert told(ask, gone(0, 0)) == (Outcome.VALID, [])
    said = "0 sessions ended while a process was dead, the plan expects 1"
    for from_ms, until_ms in ((1, 1), (-1, -1)):
        assert told(ask, gone(from_ms, until_ms)) == (Outcome.UNKNOWN, [said])
