"""expected_outcomes: the plan's own numbers: how operations end, and what must be seen for the plan to show its point.

A case is a number the plan expects. Never INVALID: that a number is another than the plan's shows that its point was
not shown; whether the app did wrong, the other checkers say.

UNKNOWN: an outcome (`outcomes`, `refused`, `shown`) is out of bounds, or operations without an answer may make it so;
repeated charges, orders placed again, compensations or seats sold again are not seen as often as expected; the evidence
that the plan's numbers need is incomplete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from booking.books import Books, books_of
from booking.contract import REFUSED_CODES
from booking.orders import Order
from booking.seats import Seat
from chaos.checkers.findings import conclude, unknown
from chaos.evidence.journal import JournalEntry
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Bounds, Expectations
from chaos.verdict import CheckResult, Finding


class Expects(Expectations):
    outcomes: dict[str, Bounds] = Field(default={}, description="operations by how they ended: ok, or an error code")
    shown: dict[str, Bounds] = Field(
        default={}, description="the same, of ends that timing may make come out otherwise"
    )
    refused: Bounds | None = Field(
        default=None, description="operations that ended seat_sold or seat_reserved together"
    )
    repeated_charges: int = Field(
        default=0, ge=0, description="orders captured once though charged in two or more attempts"
    )
    placed_again: int = Field(
        default=0, ge=0, description="orders that Restate refused to begin again while they were under way"
    )
    compensations: tuple[Literal["void", "refund", "release"], ...] = Field(
        default=(), description="each done at least once"
    )
    resold: int = Field(default=0, ge=0, description="seats given back by one order and then sold to another")


def expected(record: Record) -> bool:
    """Whether the plan has any number of its own."""
    expect = Expects.of(record.meta.expect)
    return bool(_outcomes(expect) or expect.shown or expect.compensations or any(_wanted(expect)))


def needs(expect: Expects) -> list[SourceName]:
    """The evidence that the plan's numbers need."""
    names: list[SourceName] = ["history"]
    if expect.compensations or expect.resold:
        names += ["invocations", "journal", "state"]
    if expect.compensations or expect.repeated_charges:
        names += ["gateway"]
    return names


def check(record: Record) -> CheckResult:
    """Compares every number with what the record shows."""
    evidence, expect = books_of(record), Expects.of(record.meta.expect)
    counts = Counter(_outcome(operation.conclusion, operation.code) for operation in evidence.load)
    done = {name: sum(_done(evidence, order, name) for order in evidence.orders.values()) for name in UNDO}
    repeated = sum(_charged_again(evidence, order) for order in evidence.orders.values())
    again = sum(_was_placed_again(order) for order in evidence.orders.values())
    resold = sum(_was_resold(seat) for seat in evidence.seats.values())
    findings = [*_count(expect, counts)]
    for name, bounds in expect.shown.items():
        if not bounds.hold(counts[name]):
            findings.append(unknown(f"{counts[name]} operations ended {name}, the plan has to show {bounds}"))
    for name in expect.compensations:
        if not done[name]:
            findings.append(unknown(f"no order was seen to {name}: that compensation was not shown"))
    for (what, seen), wanted in zip(
        (
            ("orders captured once though charged again", repeated),
            ("orders placed again while they were under way", again),
            ("seats given back and sold to another order", resold),
        ),
        _wanted(expect),
        strict=True,
    ):
        if seen < wanted:
            findings.append(unknown(f"{seen} {what}, the plan expects at least {wanted}"))
    wanted_numbers = len(_outcomes(expect)) + len(expect.compensations)
    return conclude(
        evidence,
        "expected_outcomes",
        needs=needs(expect),
        cases=wanted_numbers + len(expect.shown) + sum(map(bool, _wanted(expect))),
        summary=", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()) or "no operations",
        findings=findings,
        details={
            "outcomes": {**counts},
            "repeated_charges": repeated,
            "placed_again": again,
            "compensations": {**done},
            "resold": resold,
        },
    )


UNDO = ("void", "refund", "release")
UNSAID = {"info", "never_ran", "refused_by_ingress"}  # ends that may stand for another


def _wanted(expect: Expects) -> tuple[int, int, int]:
    return expect.repeated_charges, expect.placed_again, expect.resold


def _outcomes(expect: Expects) -> dict[frozenset[str], Bounds]:
    bounds = {frozenset({name}): each for name, each in expect.outcomes.items()}
    return bounds | ({REFUSED_CODES: expect.refused} if expect.refused else {})


def _outcome(conclusion: str, code: str | None) -> str:
    return (code or "fail") if conclusion == "fail" else conclusion


def _count(expect: Expects, counts: Counter[str]) -> Iterator[Finding]:
    """What is out of bounds, and what operations whose answer is not known may bring out of them."""
    for names, bounds in _outcomes(expect).items():
        seen, missing = sum(counts[name] for name in names), sum(counts[name] for name in UNSAID - names)
        message = f"{seen} operations ended {' or '.join(sorted(names))}, the plan expects {bounds}"
        if not bounds.hold(seen):
            yield unknown(f"{message}; {missing} have no answer, or never ran" if missing else message)
        elif not bounds.hold(seen + counts["info"]):
            yield unknown(f"{message}; {counts['info']} without an answer may break that")


def _charged_again(evidence: Books, order: Order) -> bool:
    paid = evidence.paid(order.order_id)
    return len(paid.attempts) > 1 and len(paid.captures) == 1


def _was_placed_again(order: Order) -> bool:
    """Whether Restate knew an order already when another client placed it, before the first had its answer."""
    known = [each for each in order.operations if each.first == "info" and each.answer and each.answer.status == 409]
    return any(each.is_within(first) for each in known for first in order.operations if first.first != "info")


def _done(evidence: Books, order: Order, name: str) -> bool:
    """Whether a compensation was journaled as done and is seen to have had its effect."""
    paid = evidence.paid(order.order_id)
    if name == "release":
        return any(_freed(evidence, order, call) for call in order.commands("Call", name))
    names = ("void", "refund") if name == "refund" else (name,)  # a void gives back what was captured, too
    runs = [order.completion(command) for each in names for command in order.commands("Run", each)]
    effects = paid.refunds if name == "refund" else paid.bars + paid.refunds
    return any(run and not run.failure for run in runs) and bool(effects)


def _freed(evidence: Books, order: Order, call: JournalEntry) -> bool:
    answer = order.completion(call)
    states = evidence.seats[order.seat].writes if order.seat in evidence.seats else ()
    freed = any(each.invocation_id == call.invoked_id and each.status == "AVAILABLE" for each in states)
    return bool(answer and not answer.failure and freed)


def _was_resold(seat: Seat) -> bool:
    """Whether one order held it, it was free again in the same round, and another order bought it then."""
    return any(
        given.round == sale.round and given.version < freed.version < sale.version and given.order_id != sale.order_id
        for given in seat.states
        if given.status == "RESERVED"
        for freed in seat.states
        if freed.status == "AVAILABLE" and freed.round == given.round
        for sale in seat.sales
    )
