"""saga_in_order: the steps of a checkout, in order and for what was ordered; each misstep is INVALID."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booking.model.checkout import Ordered, Step, misdirected, out_of_order
from chaos.evidence.journal import JournalEntry
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "saga_in_order"


def said(ask: Ask, world: World) -> list[str]:
    """What is INVALID; nothing else may be found."""
    result = ask(NAME, world)
    assert {finding.outcome for finding in result.findings} <= {Outcome.INVALID}
    return [finding.message.partition(" (against ")[0] for finding in result.findings]


def good() -> World:
    return World().book("o1").decline("o2", "A2").lose_seat("o3", "A3").refuse("o4").time_out("o5", "A4", captured=True)


def test_every_lawful_fate_is_valid(ask: Ask) -> None:
    assert ask(NAME, good()).outcome is Outcome.VALID


def swap(world: World, order: str, one: str, other: str) -> World:
    """Two steps of an order in each other's place."""
    pairs = [(world.entry(order, kind, one), world.entry(order, kind, other)) for kind in ("command", "notification")]
    for first, second in pairs:
        world.replace(first, index=second.index)
        world.replace(second, index=first.index)
    return world


def note_of(world: World, order: str) -> JournalEntry:
    run = world.invocation(order)
    mine = [entry for entry in world.rows["journal"] if entry.invocation_id == run.id]
    return next(entry for entry in mine if (entry.target or "").endswith("/notify"))


@pytest.mark.parametrize(
    ("order", "one", "other", "message"),
    [
        ("o1", "charge", "reserve", "charges before the seat is held"),
        ("o1", "confirm", "charge", "confirms the seat before it is paid"),
        ("o2", "release", "void", "releases the seat before the payment is settled"),
    ],
)
def test_steps_in_another_order(ask: Ask, order: str, one: str, other: str, message: str) -> None:
    assert message in said(ask, swap(good(), order, one, other))


def test_a_notification_before_the_confirm(ask: Ask) -> None:
    world = good()
    note, confirm = note_of(world, "o1"), world.entry("o1", "command", "confirm")
    world.replace(note, index=confirm.index)
    world.replace(confirm, index=note.index)
    assert "notifies before the seat is confirmed" in said(ask, world)


def test_a_refund_after_the_seat_was_sold(ask: Ask) -> None:
    world = World().lose_seat("o1")
    confirm = world.entry("o1", "notification", "confirm")
    world.replace(confirm, failure=None, value={"status": "SOLD"})
    assert said(ask, world) == ["asks for a refund though the seat was sold to the order"]


@pytest.mark.parametrize(
    ("step", "change", "message"),
    [
        ("reserve", {"target": "Ticket/p-1-event:A2/reserve"}, "takes the step reserve at the seat 'p-1-event:A2'"),
        ("confirm", {"target": "Ticket/p-1-event:A2/confirm"}, "takes the step confirm at the seat 'p-1-event:A2'"),
        ("reserve", {"value": {"order_id": "o9"}}, "takes the step reserve for the order 'o9', not 'o1'"),
        ("reserve", {"value": {"user_id": "eve"}}, "takes the step reserve for the user 'eve', not 'user-o1'"),
        ("reserve", {"value": {"hold_ms": 900}}, "takes the step reserve with a hold_ms of 900, not 900000"),
        ("confirm", {"value": {"order_id": "o1", "round": 2}}, "confirms round 2, reserved in 1"),
    ],
)
def test_a_step_for_something_else_than_was_ordered(ask: Ask, step: str, change: dict[str, Any], message: str) -> None:
    world = World().book("o1")
    world.replace(world.entry("o1", "command", step), **change)
    assert any(each.startswith(message) for each in said(ask, world))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"order_id": "o2"}, "notifies with order_id 'o2', not 'o1'"),
        ({"notification_id": "other"}, "notifies with notification_id 'other', not 'o1'"),
        ({"kind": "order_failed"}, "notifies with kind 'order_failed', not 'booking_confirmed'"),
        ({"to": "eve"}, "notifies with to 'eve', not 'user-o1'"),
    ],
)
def test_another_notification_than_a_confirmed_order_sends(ask: Ask, change: dict[str, str], message: str) -> None:
    world = World().book("o1")
    note = note_of(world, "o1")
    world.replace(note, value=dict(note.value) | change)
    assert said(ask, world) == [message]


def test_a_notification_in_another_inbox(ask: Ask) -> None:
    world = World().book("o1")
    world.replace(note_of(world, "o1"), target="Notifications/eve/notify")
    assert said(ask, world) == ["takes the step notify in the inbox of 'eve', not 'user-o1'"]


@pytest.mark.parametrize(("name", "value"), [("seat_id", "A2"), ("event_id", "another"), ("round", 7)])
def test_a_booking_of_something_else(ask: Ask, name: str, value: Any) -> None:
    def lies(event: Any) -> bool:
        return event.type == "ok"

    world = World().book("o1")
    (answer,) = [event.output for event in world.rows["history"] if lies(event)]
    world.alter("history", lies, output=answer | {name: value})
    (message,) = said(ask, world)
    assert message.startswith("answers ")


def test_an_order_still_under_way_may_lack_an_answer(ask: Ask) -> None:
    world = World().book("o1").stick("o1")
    run = world.invocation("o1")
    reserve = world.entry("o1", "notification", "reserve")
    world.drop("journal", lambda entry: entry is reserve)
    assert world.rows["journal"]
    assert run.id
    assert said(ask, world) == []


def test_a_callee_that_restate_does_not_show_is_unknown(ask: Ask) -> None:
    world = World().book("o1")
    callee = world.entry("o1", "command", "confirm").invoked_id
    world.drop("invocations", lambda row: row.id == callee)
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "Restate shows no such invocation" in result.findings[0].message


# --- what other implementations do, and may ---------------------------------------------------------------------------


def step(name: str, at: int, **more: Any) -> Step:
    return Step(name, at, at + 1, **more)


LAWFUL: dict[str, list[Step]] = {
    "a void that failed, a release, and the void once more": [
        step("reserve", 0), step("charge", 2, failed=True), step("void", 4, failed=True), step("release", 6),
        step("void", 8),
    ],
    "a charge in several runs, the last of which asks": [
        step("reserve", 0), step("charge", 2, failed=True), step("charge", 4, failed=True), step("charge", 6),
        step("confirm", 8, answer={"status": "SOLD"}), Step("notify", 10),
    ],
    "a void where others refund": [
        step("reserve", 0), step("charge", 2), step("confirm", 4, failed=True, code="not_held"), step("void", 6),
    ],
    "a seat reserved at the second try": [
        step("reserve", 0, failed=True, code="seat_reserved"), step("reserve", 2), step("charge", 4),
        step("confirm", 6, answer={"status": "SOLD"}), Step("notify", 8),
    ],
    "an order that Restate forgot and its app did not": [Step("notify", 1)],
    "a notification that is waited for": [
        step("reserve", 0), step("charge", 2), step("confirm", 4, answer={"status": "SOLD"}), step("notify", 6),
    ],
    "a refused seat is released all the same": [step("reserve", 0, failed=True), step("release", 2)],
}  # fmt: skip


@pytest.mark.parametrize("steps", LAWFUL.values(), ids=LAWFUL)
def test_lawful_ways(steps: list[Step]) -> None:
    assert [*out_of_order(steps, ended=True)] == []


def test_of_a_free_event_nothing_is_charged() -> None:
    steps = [step("reserve", 0), step("confirm", 2, answer={"status": "SOLD"}), Step("notify", 4)]
    assert [*out_of_order(steps, ended=True, is_free=True)] == []
    assert [misstep.what for misstep in out_of_order(steps, ended=True)] == ["confirms the seat before it is paid"]
    early = [step("reserve", 0), Step("notify", 2), step("confirm", 4, answer={"status": "SOLD"})]
    whats = [misstep.what for misstep in out_of_order(early, ended=True, is_free=True)]
    assert whats == ["notifies before the seat is confirmed"]


@pytest.mark.parametrize("ended", [True, False])
def test_a_charge_after_a_hold_that_was_refused(ended: bool) -> None:
    steps = [step("reserve", 0, failed=True, code="seat_sold"), step("charge", 2)]
    assert [misstep.what for misstep in out_of_order(steps, ended=ended)] == ["charges before the seat is held"]


def test_nothing_is_compared_with_what_is_not_known() -> None:
    steps = [step("reserve", 0, target="Ticket/e:A1/reserve", request={"order_id": "o", "hold_ms": 5})]
    unknown: Callable[[Ordered], list[object]] = lambda ordered: [*misdirected(ordered, steps)]  # noqa: E731
    assert unknown(Ordered("o")) == []
    assert unknown(Ordered("o", seat="e:A1")) == []
