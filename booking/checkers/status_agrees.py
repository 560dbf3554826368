"""status_agrees: what `status` says of an order is what became of it, at the end and while it was under way.

A case is a `status` that was read of an order whose end is known.

INVALID: CONFIRMED said of an order that failed, FAILED or COMPENSATING of one that was confirmed, or an error; once
the order had ended (at the end, or when its client had the answer before it asked): a stage of one still under way,
another code than it failed with, another charge than it was answered.
UNKNOWN: history or invocations incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from booking.books import Books, books_of
from booking.model.checkout import misviewed
from booking.orders import Order
from booking.workflows import unexplained, was_placed_again
from chaos.checkers.findings import conclude
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations")
View = tuple[Order, JsonValue, bool, int | None]  # what was said, whether the order was over, and when


def expected(record: Record) -> bool:
    """Whether any status was read of an order whose end is known."""
    return any(_end(order) for order, *_ in _views(books_of(record)))


def check(record: Record) -> CheckResult:
    """Compares every status with how its order ended."""
    evidence = books_of(record)
    views = [view for view in _views(evidence) if _end(view[0])]
    return conclude(
        evidence,
        "status_agrees",
        needs=NEEDS,
        cases=len(views),
        summary=f"{len(views)} looks at {len({order.order_id for order, *_ in views})} orders",
        findings=[finding for view in views for finding in _judge(view)] if evidence.has(*NEEDS) else [],
    )


def _views(evidence: Books) -> list[View]:
    """What was said of orders: by clients' reads in the load, and by the final ones."""
    found: list[View] = []
    for each in evidence.load:
        order = evidence.orders.get(each.key)
        if order and (each.service, each.handler, each.first) == ("Checkout", "status", "ok"):
            asked = each.events[0].seq
            over = any(run.first != "info" and run.answer and run.answer.seq < asked for run in order.operations)
            found.append((order, each.output, over and not was_placed_again(order), each.ended_at_ms))
    for target, view in evidence.record.meta.views.items():
        service, _, rest = target.partition("/")
        order = evidence.orders.get(rest.rpartition("/")[0])
        if order and service == "Checkout" and isinstance(view, dict) and "stage" in view:
            found.append((order, view, evidence.at_rest, None))
    return found


def _end(order: Order) -> str | None:
    """How the order's workflow ended that Restate knows, which is the one that its status tells of."""
    if order.invocation:
        return {"success": "confirmed", "failure": "failed"}.get(order.invocation.result or "")
    return order.ending if order.ending in ("confirmed", "failed") and not was_placed_again(order) else None


def _judge(view: View) -> Iterator[Finding]:
    order, said, over, at_ms = view
    end, code = _end(order), order.failure_code
    charges = {booking.get("charge_id") for booking in order.bookings}
    charge_id = charges.pop() if len(charges) == 1 else None
    if was_placed_again(order) and at_ms is not None:
        return  # nobody knows which of its workflows was looked at
    for misstep in misviewed(said, end or "", code, charge_id, over=over):
        yield unexplained(misstep, order, agree="Restate and its clients", dissent="its status", at_ms=at_ms)
