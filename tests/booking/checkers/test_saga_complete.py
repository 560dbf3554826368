"""saga_complete: a seat and its charge, or neither; nothing left open; one step after the other."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.journal import Failure
from chaos.evidence.record import Source, SourceName
from chaos.verdict import CheckResult, Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import EVENT, World
from tests.checkers.worlds import free, settled_after_charging

NAME = "saga_complete"


def messages(result: CheckResult) -> list[str]:
    return [finding.message for finding in result.findings]


def test_every_whole_ending_is_valid(ask: Ask) -> None:
    world = World().book("o1", "A1", attempts=2).refuse("o2", "A1").decline("o3", "A2").time_out("o4", "A2")
    world.time_out("o5", "A2", captured=True).lose_seat("o6", "A2").book("o7", "A2", told="resolve").reserve("o8", "A3")
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 6)


def test_a_seat_sold_without_a_charge(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("gateway", lambda row: row.effect == "capture")
    result = ask(NAME, world)
    assert (result.outcome, messages(result)) == (Outcome.INVALID, ["sold without a charge"])
    assert result.findings[0].subject == f"{EVENT}:A1"


def test_a_seat_sold_to_an_order_that_nobody_placed(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("journal", lambda entry: entry.state_key == "ticket", value=world.ticket("A1") | {"order_id": "x"})
    world.drop("gateway", lambda row: row.effect == "capture")
    assert "sold without a charge" in messages(ask(NAME, world))


def test_a_seat_sold_and_refunded(ask: Ask) -> None:
    world = World().book("o1")
    world.attempt("gateway", "/v1/voids", "charge:o1", "o1", 200, "refund", charge_id="ch_o1")
    assert messages(ask(NAME, world)) == ["sold, and the charge was refunded"]


def test_a_seat_sold_to_an_order_that_failed(ask: Ask) -> None:
    world = World().lose_seat("o1")
    world.drop("journal", lambda entry: entry.state_key == "ticket")
    world.settle()
    world.alter("state", lambda row: True, value=world.ticket("A1") | {"status": "SOLD", "order_id": "o1"})
    assert "sold to an order that failed (refunded)" in messages(ask(NAME, world))


def test_one_charge_buys_one_seat(ask: Ask) -> None:
    world = World().book("o1")
    world.settle()
    more = world.rows["state"][0].model_copy(update={"object_key": f"{EVENT}:A2"})
    world.rows["state"].append(more)
    assert messages(ask(NAME, world)) == [f"one order bought 2 seats: {EVENT}:A1, {EVENT}:A2"]


def without_sale(world: World) -> World:
    world.drop("journal", lambda entry: entry.type == "SetState" and entry.value["status"] == "SOLD")
    world.alter("invocations", lambda row: row.handler == "confirm", journal_size=None)
    world.tickets["A1"] = world.ticket("A1") | {"status": "AVAILABLE", "order_id": None}
    return world


def test_an_order_confirmed_without_a_seat(ask: Ask) -> None:
    result = ask(NAME, without_sale(World().book("o1")))
    assert (result.outcome, messages(result)) == (Outcome.INVALID, ["confirmed, but no seat was ever sold to it"])


@pytest.mark.parametrize(("told", "value"), [("seat_id", "A2"), ("round", 2), ("event_id", "other")])
def test_an_order_told_another_seat_than_it_has(ask: Ask, told: str, value: Any) -> None:
    world = World().book("o1")
    answer = next(event.output for event in world.rows["history"] if event.type == "ok")
    world.alter("history", lambda event: event.type == "ok", output=answer | {told: value})
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert messages(result)[0].endswith(f"sold {EVENT}:A1 in round 1")


@pytest.mark.parametrize("fate", ["decline", "time_out"])
def test_a_failed_payment_left_open(ask: Ask, fate: str) -> None:
    world = getattr(World(), fate)("o1")
    world.drop("gateway", lambda row: row.path == "/v1/voids")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert messages(result)[0].endswith("its payment is open: neither voided nor refunded")
    assert result.findings[0].ledger_rows == (1,)


def test_a_void_of_another_key_settles_nothing(ask: Ask) -> None:
    world = World().time_out("o1")
    world.alter("gateway", lambda row: row.path == "/v1/voids", key="charge:typo", order_id="o1")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_every_key_that_was_tried_must_be_settled(ask: Ask) -> None:
    world = World().time_out("o1")
    world.attempt("gateway", "/v1/charges", "charge:o1:again", "o1", 503)
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_an_attempt_that_arrives_after_its_bar_is_harmless(ask: Ask) -> None:
    world = World().time_out("o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 409, detail="key_barred")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_capture_that_stands_after_its_key_was_barred_is_left_open(ask: Ask) -> None:
    world = World().time_out("o1")
    world.capture("o1", key="charge:o1")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_payment_of_which_nothing_arrived_need_not_be_voided_but_cannot_be_judged(ask: Ask) -> None:
    world = World().time_out("o1")
    world.drop("gateway", lambda row: True)
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "nothing arrived" in messages(result)[0]


def test_a_payment_that_belongs_to_an_earlier_booking_is_not_ours_to_void(ask: Ask) -> None:
    world = settled_after_charging()
    world.drop("gateway", lambda row: row.path == "/v1/voids")
    world.told("info", "Checkout/o1/run", world.told("invoke", "Checkout/o1/run", input={}), code="timeout")
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("captured", [False, True])
def test_a_payment_of_ones_own_that_was_settled_is_ours_to_void(ask: Ask, captured: bool) -> None:
    world = settled_after_charging(captured=captured)
    assert ask(NAME, world).outcome is Outcome.VALID
    world.drop("gateway", lambda row: row.path == "/v1/voids")
    assert messages(ask(NAME, world)) == [
        "order_settled after 1 charge attempts, and its payment is open: neither voided nor refunded"
    ]


def test_a_void_still_under_way_is_unknown(ask: Ask) -> None:
    world = World().time_out("o1")
    world.drop("gateway", lambda row: row.path == "/v1/voids")
    world.alter("invocations", lambda row: row.handler == "release", status="ready")
    assert "not at rest" in messages(ask(NAME, world))[0]


def test_a_void_that_was_given_up_needs_a_person(ask: Ask) -> None:
    world = World().time_out("o1")
    world.drop("gateway", lambda row: row.effect == "bar")
    failure = Failure(code=500, message="gave up")
    world.replace(world.entry("o1", "notification", "void"), value=None, failure=failure)
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert messages(result)[0].startswith("needs a person: ")


def keep_hold(world: World) -> World:
    """The release of o1 did nothing."""
    world.drop("journal", lambda entry: entry.type == "SetState" and entry.value["status"] == "AVAILABLE")
    world.alter("invocations", lambda row: row.handler == "release", journal_size=None)
    world.tickets["A1"] = world.ticket("A1") | {"status": "RESERVED", "order_id": "o1"}
    return world


def test_a_hold_that_outlives_its_order(ask: Ask) -> None:
    result = ask(NAME, keep_hold(World().decline("o1")))
    assert result.outcome is Outcome.INVALID
    assert messages(result) == ["still held by this order, which has ended (declined)"]


def test_a_hold_of_an_order_that_only_reserved_may_stay(ask: Ask) -> None:
    assert ask(NAME, World().book("o1", "A2").reserve("o2", "A1")).outcome is Outcome.VALID


def test_a_hold_whose_release_is_under_way_is_unknown(ask: Ask) -> None:
    world = keep_hold(World().decline("o1"))
    world.alter("invocations", lambda row: row.handler == "release", status="running")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_hold_whose_timer_fired_while_the_evidence_was_read_is_unknown(ask: Ask) -> None:
    world = keep_hold(World(converged_at_ms=2_000_000).decline("o1"))
    fired = {"status": "completed", "completed_at_ms": 2_000_010}
    world.alter("invocations", lambda row: row.handler == "expire", **fired)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_release_that_was_given_up_needs_a_person(ask: Ask) -> None:
    world = keep_hold(World().decline("o1"))
    world.views["Checkout/o1/status"] = {"compensations": [{"name": "release", "outcome": "failed"}]}
    assert messages(ask(NAME, world))[0].startswith("needs a person: ")


def swap(world: World, earlier: str, later: str) -> None:
    """Lets `later` be commanded before `earlier`."""
    first, last = world.entry("o1", "command", earlier), world.entry("o1", "command", later)
    world.replace(first, index=last.index)
    world.replace(last, index=first.index)


@pytest.mark.parametrize(
    ("fate", "earlier", "later", "says"),
    [
        ("book", "reserve", "charge", "charges before the seat is held"),
        ("book", "charge", "confirm", "confirms the seat before it is paid"),
        ("time_out", "void", "release", "releases the seat before the payment is settled"),
        ("lose_seat", "refund", "release", "releases the seat before the payment is settled"),
    ],
)
def test_steps_out_of_order(ask: Ask, fate: str, earlier: str, later: str, says: str) -> None:
    world = getattr(World(), fate)("o1")
    swap(world, earlier, later)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert any(message.endswith(says) for message in messages(result))


def test_a_release_that_does_not_wait_for_the_void(ask: Ask) -> None:
    world = World().time_out("o1")
    done, release = world.entry("o1", "notification", "void"), world.entry("o1", "command", "release")
    world.replace(done, index=release.index)
    world.replace(release, index=done.index)
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_an_order_that_only_held_a_seat_is_a_case(ask: Ask) -> None:
    world = World().time_out("o1")
    world.drop("gateway", lambda row: True)
    for name in ("charge", "void"):
        command, done = world.entry("o1", "command", name), world.entry("o1", "notification", name)
        world.drop("journal", lambda entry, command=command, done=done: entry is command or entry is done)
    world.alter("invocations", lambda row: row.key == "o1", journal_size=None)
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


@pytest.mark.parametrize("source", ["gateway", "invocations", "journal"])
def test_a_payment_left_open_cannot_be_told_without_all_that_could_settle_it(ask: Ask, source: SourceName) -> None:
    world = World().time_out("o1")
    world.drop("gateway", lambda row: row.path == "/v1/voids")
    world.sources[source] = Source(state="partial", reason="cut")
    result = ask(NAME, world)
    assert (result.outcome, messages(result)) == (Outcome.UNKNOWN, [f"the {source} evidence is partial: cut"])


@pytest.mark.parametrize("source", ["invocations", "journal", "state"])
def test_a_seat_never_sold_cannot_be_told_without_all_that_could_show_it(ask: Ask, source: SourceName) -> None:
    world = without_sale(World().book("o1"))
    world.sources[source] = Source(state="partial", reason="cut")
    result = ask(NAME, world)
    assert (result.outcome, messages(result)) == (Outcome.UNKNOWN, [f"the {source} evidence is partial: cut"])


def test_a_hold_cannot_be_told_to_outlive_its_order_without_the_invocations(ask: Ask) -> None:
    world = keep_hold(World().decline("o1"))
    world.sources["invocations"] = Source(state="partial", reason="cut")
    assert messages(ask(NAME, world)) == ["the invocations evidence is partial: cut"]


def test_a_sale_without_a_charge_cannot_be_told_from_a_partial_ledger(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("gateway", lambda row: row.effect == "capture")
    world.sources["gateway"] = Source(state="partial", reason="cut")
    assert messages(ask(NAME, world)) == ["the gateway evidence is partial: cut"]


def test_nothing_begun_is_no_case(ask: Ask) -> None:
    result = ask(NAME, World().reserve("o1"))
    assert (result.outcome, result.cases) == (Outcome.UNKNOWN, 0)


def test_a_free_seat_is_sold_without_a_charge(ask: Ask) -> None:
    result = ask(NAME, free())
    assert (result.outcome, messages(result)) == (Outcome.VALID, [])


def test_a_free_seat_sold_to_an_order_that_failed_is_invalid_still(ask: Ask) -> None:
    world = free()
    sold = world.ticket("A2") | {"status": "SOLD", "order_id": "late"}
    world.alter("journal", lambda entry: entry.state_key == "ticket" and entry.value == world.ticket("A2"), value=sold)
    assert ask(NAME, world).outcome is Outcome.INVALID
