"""failures_have_causes: each end of an order has its cause in the evidence; without it, it is INVALID."""

from __future__ import annotations

from dataclasses import replace

import pytest

from booking.model.endings import BOOKED, ENDINGS, Facts
from chaos.evidence.journal import Failure
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import STATUS, World

NAME = "failures_have_causes"
STATUSES = STATUS | {"unknown_event": 404, "unknown_seat": 404, "cancelled": 410, "gateway_refused": 502}
STATUSES |= {"order_settled": 409, "cancelled_raw": 409}


def ends(world: World, order: str, code: str) -> World:
    """The order ended with another code, and everybody says so."""
    failure = Failure(code=STATUSES[code], message=f"{code}: a sentence")
    run = world.invocation(order)
    world.alter("invocations", lambda row: row.id == run.id, failure=f"[{failure.code}] {failure.message}")
    world.alter("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Output"), failure=failure)
    target = f"Checkout/{order}/run"
    told = {"code": code, "status": failure.code, "message": failure.message}
    world.alter("history", lambda event: event.target == target and event.type == "fail", **told)
    return world


def good() -> World:
    return World().book("o1").refuse("o2").decline("o3", "A2").time_out("o4", "A2").lose_seat("o5", "A3")


def test_each_end_has_its_cause(ask: Ask) -> None:
    result = ask(NAME, good())
    assert (result.outcome, result.cases) == (Outcome.VALID, 5)
    assert result.summary == "1 declined, 1 refunded, 1 seat_sold, 1 unpaid"


CODES = [*(set(STATUSES) - {"not_held", "cancelled_raw"})]
RIGHT = {"o2": {"seat_sold"}, "o3": {"declined", "unpaid"}, "o4": {"unpaid"}, "o5": {"refunded", "unpaid"}}
RIGHT["o5"] |= {"order_settled"}  # the charge was refunded: another workflow of that id would be told so


@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("order", ["o2", "o3", "o4", "o5"])
def test_every_other_end_has_none(ask: Ask, order: str, code: str) -> None:
    result = ask(NAME, ends(good(), order, code))
    assert result.outcome is (Outcome.VALID if code in RIGHT[order] else Outcome.INVALID)
    if result.outcome is Outcome.INVALID:
        assert result.findings[0].message.startswith(f"ended {code}, and nothing shows that ")
        assert result.findings[0].details["clause"] == str(ENDINGS[code].clause)


def test_a_seat_that_was_free_all_along(ask: Ask) -> None:
    """Its ticket said that it was sold, and it never was to anybody."""
    world = World().book("o1").refuse("o2")
    run = world.invocation("o2")
    moved = world.key("A2")
    for entry in [each for each in world.rows["journal"] if each.invocation_id == run.id]:
        if (entry.target or "").startswith("Ticket/"):
            world.replace(entry, target=f"Ticket/{moved}/reserve")
        elif entry.type == "Input":
            world.replace(entry, value=dict(entry.value) | {"seat_id": "A2"})
    placed = next(each for each in world.rows["history"] if each.target == "Checkout/o2/run")
    world.alter("history", lambda event: event is placed, input=dict(placed.input) | {"seat_id": "A2"})
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert "nothing shows that its seat's ticket said so, and was right" in result.findings[0].message
    world.meta["converged_at_ms"] = None
    assert ask(NAME, world.book("o3", "A3").stick("o3")).outcome is Outcome.VALID  # it may yet show


def test_a_booking_without_a_seat_that_was_confirmed(ask: Ask) -> None:
    world = World().book("o1")
    confirm = {world.entry("o1", kind, "confirm").index for kind in ("command", "notification")}
    run = world.invocation("o1")
    mine = [entry for entry in world.rows["journal"] if entry.invocation_id == run.id and entry.index in confirm]
    for entry in mine:
        world.replace(entry, type="Run", name="other", target=None)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message.startswith("confirmed, and nothing shows that its seat was confirmed")


@pytest.mark.parametrize(("accepted", "right"), [(True, True), (None, True), (False, False)])
def test_a_cancelled_order_was_called_off(ask: Ask, accepted: bool | None, right: bool) -> None:
    world = ends(World().decline("o1"), "o1", "cancelled")
    number = world.told("invoke", "Checkout/o1/cancel")
    if accepted is not None:
        world.told("ok", "Checkout/o1/cancel", number, status=200, output={"accepted": accepted})
    assert ask(NAME, world).outcome is (Outcome.VALID if right else Outcome.INVALID)


@pytest.mark.parametrize(
    ("status", "rule", "right"),
    [
        (404, "r1", True),
        (200, "r1", True),  # whose body nobody knows
        (422, None, False),  # the gateway itself: only the app can have got it wrong
        (503, "r1", False),
        (429, "r1", False),
    ],
)
def test_a_refusal_of_the_gateway(ask: Ask, status: int, rule: str | None, right: bool) -> None:
    world = ends(World().time_out("o1"), "o1", "gateway_refused")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", status, rule_id=rule)
    assert ask(NAME, world).outcome is (Outcome.VALID if right else Outcome.INVALID)


@pytest.mark.parametrize("price", [0, 2**53])
def test_a_price_that_no_gateway_takes(ask: Ask, price: int) -> None:
    world = ends(World().time_out("o1"), "o1", "gateway_refused")
    world.price = (world.price or {}) | {"price_cents": price}
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 422)
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("detail", ["key_barred", "key_reused"])
def test_a_payment_that_was_settled_before(ask: Ask, detail: str) -> None:
    world = ends(World().time_out("o1"), "o1", "order_settled")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 409, detail=detail)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_order_placed_again_may_be_settled_or_answered_as_before(ask: Ask) -> None:
    assert ask(NAME, World().book("o1").resubmit("o1")).outcome is Outcome.VALID
    assert ask(NAME, World().decline("o1").resubmit("o1")).outcome is Outcome.VALID


@pytest.mark.parametrize("failure", ["[409] killed", "[409] cancelled"])
def test_what_an_operator_ended_needs_no_cause(ask: Ask, failure: str) -> None:
    world = ends(World().time_out("o1"), "o1", "declined")
    run = world.invocation("o1")
    if failure == "[409] killed":
        world.alter("invocations", lambda row: row.id == run.id, failure=failure)
    else:
        some = next(entry for entry in world.rows["journal"] if entry.invocation_id == run.id and entry.index == 2)
        world.replace(some, kind="notification", type="Signal")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_what_a_service_cancelled_is_its_own_act(ask: Ask) -> None:
    world = ends(World().time_out("o1").book("o2", "A2"), "o1", "declined")
    run, other = world.invocation("o1"), world.invocation("o2")
    for owner, change in ((run, {"type": "Signal"}), (other, {"type": "SendSignal", "invoked_id": run.id})):
        some = next(entry for entry in world.rows["journal"] if entry.invocation_id == owner.id and entry.index == 2)
        world.replace(some, **change)
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_without_a_journal_the_seat_is_not_asked(ask: Ask) -> None:
    """What its ticket said stands in the journal, which an open invocation has not written to its end."""
    world = ends(World().time_out("o1"), "o1", "seat_sold")
    run = world.invocation("o1")
    world.drop("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Output"))
    world.alter("invocations", lambda row: row.id == run.id, journal_size=None)
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("code", ENDINGS)
def test_every_ending_can_be_shown_and_can_lack_its_cause(code: str) -> None:
    nothing = Facts(event_open=True, seat_listed=True)
    shown = {
        "seat_sold": replace(nothing, seat_said=frozenset({"seat_sold"}), had=frozenset({"SOLD"})),
        "seat_reserved": replace(nothing, asked_for_seat=False, had=frozenset({"RESERVED"})),
        "unknown_event": Facts(),
        "unknown_seat": replace(nothing, seat_listed=False),
        "declined": replace(nothing, declined=True),
        "unpaid": replace(nothing, is_held=True),
        "refunded": replace(nothing, captured=True),
        "cancelled": replace(nothing, called_off=True),
        "gateway_refused": replace(nothing, refused=True),
        "order_settled": replace(nothing, settled_before=True),
    }
    assert ENDINGS[code].is_shown(shown[code])
    assert not ENDINGS[code].is_shown(nothing)
    if code in ("unpaid", "refunded"):
        assert not ENDINGS[code].is_shown(replace(shown[code], was_sold=True))


def test_a_booking_needs_its_seat() -> None:
    assert BOOKED.is_shown(Facts(was_sold=True))
    assert BOOKED.is_shown(Facts(settled_before=True))
    assert not BOOKED.is_shown(Facts(is_held=True, captured=True))
