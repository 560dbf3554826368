"""What holds for every run of orders, whatever became of them."""

from __future__ import annotations

import tempfile
from itertools import accumulate
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chaos.evidence.journal import StateRow
from chaos.evidence.record import Source, SourceName
from chaos.judging import judge
from chaos.verdict import Outcome, Verdict
from tests.checkers.every import CHECKERS
from tests.checkers.test_sources import NEEDS
from tests.checkers.world import EVENT, START_MS, STEP_MS, World

FATES = ("book", "decline", "time_out", "captured", "lose_seat", "reserve", "unanswered", "retried")
RUNS = st.lists(st.tuples(st.sampled_from(FATES), st.integers(1, 4)), min_size=1, max_size=12)
# One that no run lacks a case for, whatever is drawn.
FIRST = [("book", 5), ("decline", 6)]


def world_of(run: list[tuple[str, int]]) -> World:
    """A world in which orders meet their fates at seats, one after the other; a taken seat refuses."""
    world = World(seats=6)
    for number, (fate, seat_number) in enumerate([*FIRST, *run]):
        order, seat = f"o{number}", f"A{seat_number}"
        if world.ticket(seat)["status"] != "AVAILABLE":
            world.refuse(order, seat)
        elif fate == "captured":
            world.time_out(order, seat, captured=True)
        elif fate == "unanswered":
            world.book(order, seat, told="resolve")
        elif fate == "retried":
            world.book(order, seat, attempts=3)
        else:
            getattr(world, fate)(order, seat)
    return world


def verdict_of(world: World) -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        return judge(world.write(Path(folder)))


def outcomes(verdict: Verdict) -> dict[str, Outcome]:
    return {result.checker: result.outcome for result in verdict.checks}


@given(run=RUNS)
@settings(deadline=None, max_examples=40)
def test_a_system_that_keeps_the_contract_is_valid(run: list[tuple[str, int]]) -> None:
    verdict = verdict_of(world_of(run))
    assert verdict.outcome is Outcome.VALID, verdict.findings


@given(run=RUNS, data=st.data())
@settings(deadline=None, max_examples=40)
def test_one_more_capture_is_always_invalid(run: list[tuple[str, int]], data: st.DataObject) -> None:
    world = world_of(run)
    order = data.draw(st.sampled_from([*world.orders, "stranger"]))
    world.capture(order)
    assert outcomes(verdict_of(world))["exactly_once_charge"] is Outcome.INVALID


@given(run=RUNS, data=st.data())
@settings(deadline=None, max_examples=40)
def test_any_effect_of_the_gateway_that_is_taken_away_is_noticed(
    run: list[tuple[str, int]], data: st.DataObject
) -> None:
    world = world_of(run)
    effect = data.draw(st.sampled_from([row for row in world.rows["gateway"] if row.effect]))
    world.drop("gateway", lambda row: row is effect)
    harmless = effect.effect == "fail"  # the order was voided all the same
    assert verdict_of(world).outcome is (Outcome.VALID if harmless else Outcome.INVALID)


@given(run=RUNS, source=st.sampled_from(sorted({name for needs in NEEDS.values() for name in needs})))
@settings(deadline=None, max_examples=40)
def test_without_a_source_nothing_that_needs_it_is_valid(run: list[tuple[str, int]], source: SourceName) -> None:
    world = world_of(run)
    world.sources[source] = Source(state="partial")
    for checker, outcome in outcomes(verdict_of(world)).items():
        needed = source in NEEDS[checker] and not (checker == "not_vacuous" and source == "faults")
        assert outcome is (Outcome.UNKNOWN if needed else Outcome.VALID)


TIMES = ("at_ms", "appended_at_ms", "created_at_ms", "completed_at_ms")


@given(run=RUNS, data=st.data(), bug=st.booleans())
@settings(deadline=None, max_examples=40)
def test_the_wall_clock_never_decides(run: list[tuple[str, int]], data: st.DataObject, bug: bool) -> None:
    straight, shuffled = world_of(run), world_of(run)
    for world in (straight, shuffled):
        if bug:
            world.capture("o0")
    random = data.draw(st.randoms(use_true_random=False))
    for rows in shuffled.rows.values():
        for number, row in enumerate(rows):
            times = {name: random.randint(0, shuffled.now) for name in TIMES if getattr(row, name, None) is not None}
            rows[number] = row.model_copy(update=times)
    before, after = outcomes(verdict_of(straight)), outcomes(verdict_of(shuffled))
    assert before.pop("evidence_fits") is Outcome.VALID
    after.pop("evidence_fits")  # times in an impossible order are damage, and never INVALID
    assert before == after


@given(run=RUNS, share=st.floats(0, 1), steps=st.lists(st.integers(0, 9), min_size=5, max_size=5))
@settings(deadline=None, max_examples=150)
def test_evidence_read_while_everything_moves_is_never_invalid(
    run: list[tuple[str, int]], share: float, steps: list[int]
) -> None:
    """Each source is read a few rows later than the one before, by a run that ran out of time: none sees the same."""
    world = world_of(run)
    first = START_MS + round((world.now - START_MS) * share)
    reads = list(accumulate((step * STEP_MS for step in steps), initial=first))
    verdict = verdict_of(torn(world, *reads))
    assert verdict.outcome is Outcome.UNKNOWN, verdict.findings


def torn(world: World, views: int, invocations: int, journal: int, state: int, gateway: int, mailer: int) -> World:
    """What is left of a world when each source is read at its own moment (milliseconds)."""
    world.meta |= {"load_ended_at_ms": views, "converged_at_ms": None, "deadline_passed": True}
    rows = world.rows
    shown = {seat: _ticket_at(world, seat, views)["status"] for seat in world.seats}
    world.views[f"SeatMap/{EVENT}/get"] = {"round": 1, "seats": shown}
    rows["state"] = [
        StateRow(service="Ticket", object_key=world.key(seat), key="ticket", value=_ticket_at(world, seat, state))
        for seat in world.seats
    ]
    rows["history"] = [event for event in rows["history"] if event.type == "invoke" or event.at_ms <= views]
    rows["invocations"] = [
        row if (row.completed_at_ms or 0) <= invocations else row.model_copy(update=STILL_RUNNING)
        for row in rows["invocations"]
        if row.created_at_ms <= invocations
    ]
    known = {row.id for row in rows["invocations"]}
    rows["journal"] = [
        entry for entry in rows["journal"] if entry.appended_at_ms <= journal and entry.invocation_id in known
    ]
    rows["gateway"] = [row for row in rows["gateway"] if row.at_ms <= gateway]
    rows["mailer"] = [row for row in rows["mailer"] if row.at_ms <= mailer]
    return world


STILL_RUNNING = {"status": "running", "result": None, "failure": None, "completed_at_ms": None, "journal_size": None}


def _ticket_at(world: World, seat: str, moment: int) -> dict[str, object]:
    keys = {row.id: row.key for row in world.rows["invocations"]}
    written = [
        entry.value
        for entry in world.rows["journal"]
        if (entry.state_key, entry.type) == ("ticket", "SetState") and keys[entry.invocation_id] == world.key(seat)
        if entry.appended_at_ms <= moment
    ]
    return written[-1] if written else {"status": "AVAILABLE", "order_id": None, "round": 1, "version": 0}


def test_the_checker_of_gaps_in_time_has_no_way_to_say_invalid() -> None:
    source = Path(CHECKERS["retries_back_off"].check.__code__.co_filename).read_text("utf-8")
    assert "invalid(" not in source
