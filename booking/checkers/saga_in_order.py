"""saga_in_order: each checkout takes its steps in the contract's order, for the seat, the user and the round ordered.

A case is an order of whose journal something is here. Judged by the index of its entries, and by what was asked for.

INVALID: a step that may not follow what went before: a charge before the hold, a confirm before the charge, a
notification before the confirm, a void or refund after it, a release before them; a step for another seat, order, user,
round or hold than was ordered; a notification that is not the one a confirmed order sends; a booking answered for
another seat or round than was confirmed.
UNKNOWN: history, invocations or journal incomplete; a callee of the order that Restate does not show.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of
from booking.model.checkout import misanswered, misdirected, out_of_order
from booking.orders import Order, at
from booking.workflows import ordered, steps_of, unexplained
from chaos.checkers.findings import conclude, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")


def expected(record: Record) -> bool:
    """Whether anybody placed an order."""
    return bool(books_of(record).orders)


def check(record: Record) -> CheckResult:
    """Reads every checkout's journal from its beginning."""
    evidence = books_of(record)
    orders = [order for order in evidence.orders.values() if order.entries]
    whole = evidence.has("journal")
    return conclude(
        evidence,
        "saga_in_order",
        needs=NEEDS,
        cases=len(orders),
        summary=f"{sum(len(steps_of(order.entries)) for order in orders)} steps of {len(orders)} orders",
        findings=[finding for order in orders for finding in _judge(evidence, order)] if whole else [],
    )


def _judge(evidence: Books, order: Order) -> Iterator[Finding]:
    steps, wanted = steps_of(order.entries), ordered(evidence, order)
    for misstep in out_of_order(steps, ended=evidence.is_whole(order.invocation), is_free=wanted.is_free):
        yield unexplained(misstep, order, agree="the entries before it", dissent="its place in the journal")
    for misstep in misdirected(wanted, steps):
        yield unexplained(misstep, order, agree="what was ordered", dissent="the journal of its checkout")
    for booking in order.bookings:
        for misstep in misanswered(wanted, steps, booking):
            yield unexplained(misstep, order, agree="what was ordered and confirmed", dissent="its answer")
    for entry in order.entries:
        if entry.type == "Call" and entry.kind == "command" and entry.invoked_id not in evidence.invocations:
            answered = order.completion(entry) is not None and evidence.has("invocations")
            if answered and entry.invoked_id:
                message = f"called {entry.target} and was answered, and Restate shows no such invocation"
                yield unknown(message, journal_index=entry.index, **at(order))
