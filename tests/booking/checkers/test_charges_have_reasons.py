"""charges_have_reasons: a row of the gateway's ledger without an order, a run, its key or its price is INVALID."""

from __future__ import annotations

from typing import Any

import pytest

from booking.model.ledgers import charge_key
from chaos.evidence.record import Source
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "charges_have_reasons"
CHARGES, VOIDS, REFUNDS = "/v1/charges", "/v1/voids", "/v1/refunds"


def said(ask: Ask, world: World) -> list[str]:
    """What is INVALID, and nothing else is found."""
    result = ask(NAME, world)
    assert {finding.outcome for finding in result.findings} <= {Outcome.INVALID}
    return [finding.message.partition(" (against ")[0] for finding in result.findings]


def good() -> World:
    return World().book("o1", attempts=2).decline("o2", "A2").lose_seat("o3", "A3").time_out("o4", "A4", captured=True)


def test_every_row_has_its_reason(ask: Ask) -> None:
    result = ask(NAME, good())
    assert (result.outcome, result.findings) == (Outcome.VALID, ())
    assert result.summary == "8 attempts for 4 orders; 4200 EUR stand for 1 bookings"


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (CHARGES, "charge:o1:1"),
        (CHARGES, "random"),
        (CHARGES, None),
        (CHARGES, "refund:o3"),
        (REFUNDS, "charge:o3"),
        (REFUNDS, "refund:o3:2"),
        (VOIDS, "void:o2"),
    ],
)
def test_a_key_that_is_not_by_the_rule(ask: Ask, path: str, key: str | None) -> None:
    world = good()
    order = {CHARGES: "o1", REFUNDS: "o3", VOIDS: "o2"}[path]
    world.alter("gateway", lambda row: (row.path, row.case) == (path, order), key=key)
    (message,) = said(ask, world)
    assert f"{path} under the key {key!r}, which is not this order's" in message


def test_a_fresh_key_for_each_attempt_is_one_finding_with_every_row(ask: Ask) -> None:
    world = good()
    for row in [row for row in world.rows["gateway"] if row.kind == "arrival" and row.case == "o1"]:
        world.alter("gateway", lambda each, row=row: each is row, key=f"charge:o1:{row.row}")
    (finding,) = ask(NAME, world).findings
    assert finding.ledger_rows == (1, 3)


@pytest.mark.parametrize("amount", [4199, 0, 420000, None])
@pytest.mark.parametrize("effect", ["capture", "fail"])
def test_another_amount_than_the_event_costs(ask: Ask, amount: int | None, effect: str) -> None:
    world = good()
    order = {"capture": "o1", "fail": "o2"}[effect]
    world.alter("gateway", lambda row: (row.effect, row.case) == (effect, order), amount_cents=amount)
    message, *sums = said(ask, world)
    assert f"{effect} of {amount} EUR, the event's price is 4200 EUR" in message
    assert len(sums) == (effect == "capture")


def test_another_currency_than_the_event_has(ask: Ask) -> None:
    world = good()
    world.price = (world.price or {}) | {"currency": "JPY"}
    assert "capture of 4200 EUR, the event's price is 4200 JPY" in said(ask, world)[0]


def test_another_events_price(ask: Ask) -> None:
    world = good()
    world.price = (world.price or {}) | {"price_cents": 1_999}
    found = said(ask, world)
    assert "the event's price is 1999 EUR" in found[0]
    assert found[-1] == "p-1-event: 4200 EUR stand captured, 1 bookings cost 1999"


def test_an_attempt_that_no_run_made(ask: Ask) -> None:
    world = good()
    world.attempt("gateway", REFUNDS, "refund:o1", "o1", 503)
    assert said(ask, world) == [
        "row 24: /v1/refunds, and its checkout has no run refund or void",
        "row 24: /v1/refunds, and the order is confirmed",
    ]
    world = World().book("o1").refuse("o2")
    world.attempt("gateway", CHARGES, "charge:o2", "o2", 503)
    assert said(ask, world) == ["row 4: /v1/charges, and its checkout has no run charge"]


def test_a_void_of_a_confirmed_order(ask: Ask) -> None:
    world = good()
    world.attempt("gateway", VOIDS, "charge:o1", "o1", None)
    assert "row 24: /v1/voids, and the order is confirmed" in said(ask, world)


def test_a_void_may_give_the_money_back_where_others_refund(ask: Ask) -> None:
    world = good()
    mine = [row for row in world.rows["gateway"] if (row.path, row.case) == (REFUNDS, "o3")]
    for row in mine:
        world.alter("gateway", lambda each, row=row: each is row, path=VOIDS, key="charge:o3")
    world.replace(world.entry("o3", "command", "refund"), name="void")
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("order", ["stranger", None])
def test_an_attempt_for_nobodys_order(ask: Ask, order: str | None) -> None:
    world = good()
    world.attempt("gateway", CHARGES, f"charge:{order}" if order else "random", order, 503)
    (message,) = said(ask, world)
    assert message.startswith("1 attempts, and nobody placed ")


def test_while_something_moves_nobodys_order_may_be_somebodys(ask: Ask) -> None:
    world = World(converged_at_ms=None).book("o1").stick("o1")
    world.attempt("gateway", CHARGES, "charge:stranger", "stranger", 503)
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_look_needs_no_reason(ask: Ask) -> None:
    world = good()
    world.attempt("gateway", CHARGES, "", "stranger", 200)
    late = world.rows["gateway"][-2].attempt
    world.alter("gateway", lambda row: row.attempt == late, method="GET", key=None)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_order_that_restate_forgot_has_no_run_to_show(ask: Ask) -> None:
    assert ask(NAME, good().resubmit("o1")).outcome is Outcome.VALID


def test_an_id_that_a_header_cannot_carry(ask: Ask) -> None:
    world = World().book("é")
    assert len(said(ask, world)) == 1
    world.alter("gateway", lambda row: True, key=charge_key("é"))
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("change", [{"amount_cents": 1}, {"currency": "JPY"}, {"charge_id": "ch_x"}])
def test_a_refund_of_other_money_is_the_gateways_fault(ask: Ask, change: dict[str, Any]) -> None:
    world = good()
    world.alter("gateway", lambda row: (row.effect, row.case) == ("refund", "o3"), **change)
    result = ask(NAME, world)
    assert "the refund of another charge or sum" in result.findings[0].message


@pytest.mark.parametrize("source", ["journal", "history", "invocations"])
def test_without_the_rest_a_row_is_not_accused_for_lack_of_it(ask: Ask, source: Any) -> None:
    world = good()
    world.attempt("gateway", CHARGES, "charge:stranger", "stranger", 503)
    world.sources[source] = Source(state="partial")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN
