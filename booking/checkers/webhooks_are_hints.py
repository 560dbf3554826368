"""webhooks_are_hints: a webhook harms nothing and is not believed: before a seat is sold the gateway is asked.

A case is a call of `payment_result`, or an order whose charge was pending.

INVALID: a call of `payment_result` that failed (duplicates and those after the end are no-ops, too); an order that was
confirmed though the gateway was not asked about its pending charge: neither by GET nor by charging again.
UNKNOWN: history, invocations or the gateway's ledger incomplete; fewer calls than the plan expects, fewer of them after
their order's end or by a client while it was under way, or fewer orders of which the gateway was asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from booking.books import SKEW_MS, Books, books_of
from booking.ledgers import GatewayRow
from booking.orders import Order, at, was_killed
from booking.payments import CHARGES, Payments
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "gateway")


class Expects(Expectations):
    hints: int = Field(default=0, ge=0, description="calls of payment_result")
    hints_too_late: int = Field(default=0, ge=0, description="of them, those that came after their order had ended")
    forged: int = Field(default=0, ge=0, description="orders that a client told of a payment while they were under way")
    asked: int = Field(default=0, ge=0, description="orders of whose pending charge the gateway was asked")


def expected(record: Record) -> bool:
    """Whether there was a webhook, or something for one to tell."""
    evidence = books_of(record)
    return bool(_hints(evidence) or any(_pending(paid) for paid in evidence.payments.values()))


def check(record: Record) -> CheckResult:
    """Looks at every webhook, and at every order that was paid that way."""
    evidence, expect = books_of(record), Expects.of(record.meta.expect)
    hints = _hints(evidence)
    waited = [order for order in evidence.orders.values() if _pending(evidence.paid(order.order_id))]
    asked = sum(_asked(evidence.paid(order.order_id)) for order in waited)
    findings = [finding for order in waited for finding in _believed(evidence, order)]
    for hint in hints:
        if hint.result == "failure" and not was_killed(hint):
            where = {"case": hint.key, "invocation_id": hint.id}
            findings.append(invalid(f"a call of payment_result failed: {hint.failure}", **where))
    for what, seen, wanted in (
        ("calls of payment_result", len(hints), expect.hints),
        ("of them after their order's end", sum(_is_too_late(evidence, hint) for hint in hints), expect.hints_too_late),
        ("orders told by a client while they were under way", len(_forged(evidence)), expect.forged),
        ("orders whose pending charge was asked about", asked, expect.asked),
    ):
        if seen < wanted:
            findings.append(unknown(f"{seen} {what}, the plan expects at least {wanted}"))
    return conclude(
        evidence,
        "webhooks_are_hints",
        needs=NEEDS,
        cases=len(hints) + len(waited),
        summary=f"{len(hints)} calls of payment_result; {asked} of {len(waited)} pending charges were asked about",
        findings=findings,
        details={"hints": len(hints), "pending": len(waited), "asked": asked},
    )


def _hints(evidence: Books) -> list[Invocation]:
    wanted = ("Checkout", "payment_result")
    return [each for each in evidence.invocations.values() if (each.service, each.handler) == wanted]


def _is_too_late(evidence: Books, hint: Invocation) -> bool:
    order = evidence.orders.get(hint.key or "")
    ended = order.invocation.completed_at_ms if order and order.invocation else None
    return ended is not None and hint.created_at_ms > ended + SKEW_MS


def _forged(evidence: Books) -> set[str]:
    """Orders that a client told of a payment, and knew to have heard it, before they were known to have ended."""
    told = [each for each in evidence.load if (each.service, each.handler) == ("Checkout", "payment_result")]
    return {
        hint.key
        for hint in told
        if hint.first == "ok" and hint.key in evidence.orders
        if any(hint.is_within(run) for run in evidence.orders[hint.key].operations)
    }


def _believed(evidence: Books, order: Order) -> Iterator[Finding]:
    paid = evidence.paid(order.order_id)
    if order.ending == "confirmed" and evidence.has("gateway") and not _asked(paid):
        rows = tuple(row.row for row in _pending(paid))
        yield invalid("confirmed, and nobody asked the gateway about its pending charge", ledger_rows=rows, **at(order))


def _pending(paid: Payments) -> list[GatewayRow]:
    return [row for row in paid.rows if row.effect == "pending"]


def _asked(paid: Payments) -> bool:
    """Whether an attempt that arrived after the charge was pending could tell how it stands."""
    since = min((row.row for row in _pending(paid)), default=0)
    return any(
        row.kind == "arrival" and row.path == CHARGES and row.method in ("GET", "POST") and row.row > since
        for row in paid.rows
    )
