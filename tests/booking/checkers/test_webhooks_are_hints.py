"""webhooks_are_hints: no webhook fails, and none is believed."""

from __future__ import annotations

import pytest

from booking.books import SKEW_MS
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import paid_by_webhook
from tests.checkers.world import World

NAME = "webhooks_are_hints"


def test_an_order_that_asked_and_harmless_webhooks_are_valid(ask: Ask) -> None:
    result = ask(NAME, paid_by_webhook(expect=Expect(hints=2, asked=1)))
    assert (result.outcome, result.cases, result.findings) == (Outcome.VALID, 3, ())


def test_a_webhook_that_failed_is_invalid(ask: Ask) -> None:
    world = paid_by_webhook()
    second = [row for row in world.rows["invocations"] if row.handler == "payment_result"][1]
    world.alter("invocations", lambda row: row is second, result="failure", failure="[409] resolved already")
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].case) == (Outcome.INVALID, "o1")
    assert result.findings[0].message == "a call of payment_result failed: [409] resolved already"


def test_an_order_confirmed_without_asking_is_invalid(ask: Ask) -> None:
    world = paid_by_webhook()
    asked = [row for row in world.rows["gateway"] if row.kind == "arrival"][-1]
    world.drop("gateway", lambda row: row.attempt == asked.attempt)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].case) == (Outcome.INVALID, "o1")
    assert "nobody asked the gateway" in result.findings[0].message


def test_fewer_than_the_plan_expects_is_unknown(ask: Ask) -> None:
    assert ask(NAME, paid_by_webhook(expect=Expect(hints=3))).outcome is Outcome.UNKNOWN
    assert ask(NAME, paid_by_webhook(expect=Expect(asked=2))).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(("after_ms", "outcome"), [(SKEW_MS + 1, "VALID"), (SKEW_MS, "UNKNOWN"), (-100, "UNKNOWN")])
def test_a_webhook_is_too_late_when_its_order_has_surely_ended(ask: Ask, after_ms: int, outcome: str) -> None:
    world = paid_by_webhook(expect=Expect(hints_too_late=2))
    ended = world.invocation("o1").completed_at_ms or 0
    world.alter("invocations", lambda row: row.handler == "payment_result", created_at_ms=ended + after_ms)
    result = ask(NAME, world)
    assert result.outcome is Outcome(outcome)
    if result.findings:
        assert result.findings[0].message == "0 of them after their order's end, the plan expects at least 2"


def forged(world: World, at: int, *, told: str = "ok") -> World:
    """A client says that o1 was paid for, before the event of the history at that place."""
    number = world.told("invoke", "Checkout/o1/payment_result")
    world.told(told, "Checkout/o1/payment_result", number, status=200)
    events = world.rows["history"]
    events[:] = [*events[:at], *events[-2:], *events[at:-2]]
    world.rows["history"] = [event.model_copy(update={"seq": seq}) for seq, event in enumerate(events)]
    return world


@pytest.mark.parametrize(
    ("at", "told", "outcome"), [(1, "ok", "VALID"), (0, "ok", "UNKNOWN"), (2, "ok", "UNKNOWN"), (1, "info", "UNKNOWN")]
)
def test_a_forged_webhook_counts_while_its_order_is_under_way(ask: Ask, at: int, told: str, outcome: str) -> None:
    result = ask(NAME, forged(paid_by_webhook(expect=Expect(forged=1)), at, told=told))
    assert result.outcome is Outcome(outcome)
    if result.findings:
        assert result.findings[0].message.startswith("0 orders told by a client while they were under way")


def test_an_order_that_failed_need_not_have_asked(ask: Ask) -> None:
    world = World().decline("o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 202, "pending", charge_id="ch_o1")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_webhook_that_an_operator_killed_accuses_nobody(ask: Ask) -> None:
    world = paid_by_webhook()
    second = [row for row in world.rows["invocations"] if row.handler == "payment_result"][1]
    world.alter("invocations", lambda row: row is second, result="failure", failure="[409] killed")
    assert ask(NAME, world).outcome is Outcome.VALID
