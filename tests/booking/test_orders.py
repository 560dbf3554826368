"""How an order ended: Restate's word, then the clients', and nothing made up."""

from __future__ import annotations

from typing import Any

import pytest

from booking.orders import Order, failure_message, was_killed
from chaos.evidence.history import Operation
from chaos.evidence.journal import Failure, Invocation, JournalEntry

BOOKED = {"order_id": "o", "status": "CONFIRMED"}


def told(conclusion: Any, code: str | None = None, output: Any = None) -> Operation:
    return Operation(
        number=0, process=0, target="Checkout/o/run", input={}, intended_at_ms=0, invoked_at_ms=0, ended_at_ms=1,
        first=conclusion, conclusion=conclusion, status=None, code=code, output=output,
    )  # fmt: skip


def run(status: str = "completed", result: Any = None, failure: str | None = None) -> Invocation:
    return Invocation(
        id="inv", service="Checkout", key="o", handler="run", status=status, result=result, failure=failure,
        invoked_by="ingress", created_at_ms=0,
    )  # fmt: skip


def output(value: Any = None, failure: Failure | None = None) -> JournalEntry:
    return JournalEntry(invocation_id="inv", index=1, kind="command", type="Output", value=value, failure=failure)


CHARGE = JournalEntry(invocation_id="inv", index=1, kind="command", type="Run", name="charge")
SOLD, SETTLED = (
    run(result="failure", failure="[409] seat_sold: no"),
    run(result="failure", failure="[409] order_settled: x"),
)


@pytest.mark.parametrize(
    ("operations", "invocation", "entries", "ending"),
    [
        ([told("ok", output=BOOKED)], None, [], "confirmed"),
        ([told("ok")], None, [], "confirmed"),
        ([], None, [output(BOOKED)], "confirmed"),
        ([], run(result="success"), [], "confirmed"),
        ([told("ok", output=BOOKED), told("fail", "order_settled")], SETTLED, [], "confirmed"),
        ([], SOLD, [output(failure=Failure(code=409, message="seat_sold: no"))], "failed"),
        ([told("info")], SOLD, [], "failed"),
        ([told("fail", "declined")], None, [], "failed"),
        ([told("fail", "declined"), told("fail", "order_settled")], SETTLED, [], "failed"),
        ([], run(result="failure", failure="[409] killed"), [], "failed"),
        ([told("info")], run("running"), [], "open"),
        ([told("fail", "declined")], run("paused"), [], "open"),
        ([told("fail", "never_ran")], None, [], "unreached"),
        ([told("fail", "refused_by_ingress"), told("fail", "invalid")], None, [], "unreached"),
        (
            [told("fail", "never_ran"), told("fail", "refused_by_ingress"), told("fail", "invalid")],
            None,
            [],
            "unreached",
        ),
        ([told("fail", "never_ran"), told("info")], None, [], "unknown"),
        ([told("fail", "never_ran"), told("fail", "order_settled")], None, [], "unknown"),
        ([told("info")], None, [], "unknown"),
        ([told("info"), told("fail", "order_settled")], SETTLED, [], "unknown"),
        ([told("info"), told("fail", "order_settled")], SETTLED, [CHARGE], "unknown"),
        ([told("fail", "order_settled")], SETTLED, [], "unknown"),
        ([told("fail", "order_settled")], SETTLED, [CHARGE], "failed"),
        ([], SETTLED, [CHARGE], "failed"),
        ([told("fail", None)], None, [], "unknown"),
        ([], run(), [], "unknown"),
        ([], None, [], "unknown"),
    ],
)
def test_how_it_ended(operations: list, invocation: Invocation | None, entries: list, ending: str) -> None:
    assert Order("o", tuple(operations), invocation, tuple(entries)).ending == ending


def test_its_failure_is_restates_word_before_a_clients() -> None:
    assert Order("o", (told("fail", "declined"),), SOLD).failure_code == "seat_sold"
    assert Order("o", (told("fail", "never_ran"), told("fail", "declined"))).failure_code == "declined"
    assert Order("o", (told("fail", "declined"),), run(result="failure", failure="[500] boom")).failure_code is None


def test_its_input_is_the_clients_or_the_journals() -> None:
    entry = JournalEntry(invocation_id="inv", index=0, kind="command", type="Input", value={"event_id": "e"})
    assert Order("o", (), run(), (entry,)).input == {"event_id": "e"}
    assert Order("o", (), run(), (entry,)).seat is None
    assert (
        Order("o", (), run(), (entry.model_copy(update={"value": {"event_id": "e", "seat_id": "A1"}}),)).seat == "e:A1"
    )


@pytest.mark.parametrize(
    ("failure", "message", "killed"),
    [
        ("[409] killed", "killed", True),
        ("[409] seat_sold: killed", "seat_sold: killed", False),
        ("[500] two\nlines", "two\nlines", False),
        ("killed", "killed", True),
        (None, "", False),
    ],
)
def test_a_kill_is_told_from_a_failure(failure: str | None, message: str, killed: bool) -> None:
    assert failure_message(run(result="failure", failure=failure)) == message
    assert was_killed(run(result="failure", failure=failure)) is killed
    assert not was_killed(run(result="success"))
