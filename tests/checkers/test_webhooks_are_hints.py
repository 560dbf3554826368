"""webhooks_are_hints: no webhook fails, and none is believed."""

from __future__ import annotations

from chaos.plan import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import paid_by_webhook

NAME = "webhooks_are_hints"


def test_an_order_that_asked_and_harmless_webhooks_are_valid(ask: Ask) -> None:
    result = ask(NAME, paid_by_webhook(expect=Expect(hints=2, asked=1)))
    assert (result.outcome, result.cases, result.findings) == (Outcome.VALID, 3, ())


def test_a_webhook_that_failed_is_invalid(ask: Ask) -> None:
    world = paid_by_webhook()
    second = [row for row in world.rows["invocations"] if row.handler == "payment_result"][1]
    world.alter("invocations", lambda row: row is second, result="failure", failure="[409] resolved already")
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].order_id) == (Outcome.INVALID, "o1")
    assert result.findings[0].message == "a call of payment_result failed: [409] resolved already"


def test_an_order_confirmed_without_asking_is_invalid(ask: Ask) -> None:
    world = paid_by_webhook()
    asked = [row for row in world.rows["gateway"] if row.kind == "arrival"][-1]
    world.drop("gateway", lambda row: row.attempt == asked.attempt)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].order_id) == (Outcome.INVALID, "o1")
    assert "nobody asked the gateway" in result.findings[0].message


def test_fewer_than_the_plan_expects_is_unknown(ask: Ask) -> None:
    assert ask(NAME, paid_by_webhook(expect=Expect(hints=3))).outcome is Outcome.UNKNOWN
    assert ask(NAME, paid_by_webhook(expect=Expect(asked=2))).outcome is Outcome.UNKNOWN
