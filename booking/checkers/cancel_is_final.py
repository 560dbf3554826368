"""cancel_is_final: a cancel was accepted exactly when its order ended cancelled.

A case is an order of which a cancel was answered.

INVALID: accepted, and the order is confirmed or failed otherwise; refused, and the order ended 410 `cancelled` though
no other cancel was accepted.
Not judged: an order of which an operator cancelled or killed something.
UNKNOWN: history or invocations incomplete; an order whose end nobody knows; fewer orders cancelled that had been paid
for, and told of, than the plan expects.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from booking.books import Books, books_of
from booking.orders import Order, at
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations")


class Expects(Expectations):
    cancelled_paid: int = Field(
        default=0, ge=0, description="cancelled orders that had been captured, and told of by a webhook"
    )


def expected(record: Record) -> bool:
    """Whether anybody called an order off."""
    return bool(_cancels(books_of(record)))


def check(record: Record) -> CheckResult:
    """Compares what cancels were told with how the orders ended."""
    evidence = books_of(record)
    cancels = _cancels(evidence)
    answered = {key: each for key, each in cancels.items() if any(_accepted(one) is not None for one in each)}
    accepted = {key for key, each in answered.items() if any(_accepted(one) for one in each)}
    findings = [
        finding
        for key, each in cancels.items()
        if key in evidence.orders and key not in evidence.by_operator
        for finding in _judge(evidence.orders[key], key in accepted, all(_accepted(one) is False for one in each))
    ]
    paid, wanted = (
        sum(_was_paid(evidence, key) for key in accepted),
        Expects.of(evidence.record.meta.expect).cancelled_paid,
    )
    if paid < wanted:
        findings.append(unknown(f"{paid} cancelled orders had been paid for, the plan expects at least {wanted}"))
    return conclude(
        evidence,
        "cancel_is_final",
        needs=(*NEEDS, "gateway") if wanted else NEEDS,
        cases=len(answered),
        summary=f"{len(accepted)} of {len(answered)} cancels accepted",
        findings=findings,
        details={"accepted": len(accepted), "refused": len(answered) - len(accepted), "paid": paid},
    )


def _cancels(evidence: Books) -> dict[str, list[Operation]]:
    """Order → the attempts of clients to call it off."""
    cancels: dict[str, list[Operation]] = {}
    for each in evidence.load:
        if (each.service, each.handler) == ("Checkout", "cancel"):
            cancels.setdefault(each.key, []).append(each)
    return cancels


def _accepted(cancel: Operation) -> bool | None:
    answer = cancel.output.get("accepted") if isinstance(cancel.output, dict) else None
    return answer if isinstance(answer, bool) else None


def _was_paid(evidence: Books, key: str) -> bool:
    """Whether an order was captured, and a webhook came for it."""
    told = any((each.key, each.handler) == (key, "payment_result") for each in evidence.invocations.values())
    return told and bool(evidence.paid(key).captures)


def _judge(order: Order, accepted: bool, all_refused: bool) -> Iterator[Finding]:
    ended = order.failure_code if order.ending == "failed" else order.ending
    if order.ending in ("open", "unknown"):
        yield unknown("called off, and nobody knows how it ended", **at(order))
    elif accepted and order.ending != "unreached" and ended != "cancelled":
        yield invalid(f"a cancel was accepted, and the order ended {ended}", **at(order))
    elif all_refused and ended == "cancelled":
        yield invalid("every cancel was refused, and the order ended cancelled", **at(order))
