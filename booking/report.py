"""What reports tell of a run's orders: how they ended, what was charged, what needs a person, and some stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from booking.books import Books, books_of
from booking.contract import REFUSED_CODES
from booking.orders import Order
from booking.payments import Payments
from booking.story import Stories
from chaos.evidence.record import Record
from chaos.system.cases import AN_EXAMPLE, NAMED_IN_A_FINDING, CaseCounts, CaseReport, CaseStory, Figure, Owed
from chaos.verdict import Verdict

STORIES = 20
STORIES_OF_A_KIND = 6
SAID = 300  # characters of what a status says
NO_LEDGER = Figure(label="Captures", short=None, value="–", note="the gateway's ledger is missing")


def report(record: Record, verdict: Verdict) -> CaseReport:
    """The orders of one judged record."""
    books, told = books_of(record), Stories(record)
    owed = tuple(_owed(books))
    named = dict.fromkeys(finding.case for _, finding in verdict.findings if finding.case)
    has_history = record.source("history").state != "missing"
    has_ledger = record.source("gateway").state != "missing"
    return CaseReport(
        name="order",
        done="confirmed",
        counts=_order_counts(books.orders.values()) if has_history else None,
        figure=_captures(books.payments.values()) if has_ledger else NO_LEDGER,
        owed=owed,
        stories=tuple(_stories(books, told, named, [each.case for each in owed])),
        evidence=told.evidence,
    )


def _owed(books: Books) -> Iterator[Owed]:
    """What could not be undone, by journal or status, whether the plan expects it or not."""
    for order in books.orders.values():
        said = books.said_failed(order) or {}
        for name in sorted(books.failed_to_undo(order)):
            yield Owed(name="order", case=order.order_id, step=name, said=said.get(name, "")[:SAID])


def _ending(order: Order) -> str:
    """The code it failed with, or else how it stands: confirmed, open, unreached, unknown."""
    return (order.failure_code or "other") if order.ending == "failed" else order.ending


def _order_counts(orders: Iterable[Order]) -> CaseCounts:
    orders = list(orders)
    failed = [_ending(order) for order in orders if order.ending in ("failed", "unreached")]
    return CaseCounts(
        total=len(orders),
        done=sum(order.ending == "confirmed" for order in orders),
        refused=_by_frequency(code for code in failed if code in REFUSED_CODES),
        failed=_by_frequency(code for code in failed if code not in REFUSED_CODES),
        unknown=_by_frequency(order.ending for order in orders if order.ending in ("open", "unknown")),
    )


def _captures(payments: Iterable[Payments]) -> Figure:
    """What took effect at the gateway, and in how many attempts."""
    payments = list(payments)
    attempts, captures = sum(len(paid.attempts) for paid in payments), sum(len(paid.captures) for paid in payments)
    refunds, bars = sum(len(paid.refunds) for paid in payments), sum(len(paid.bars) for paid in payments)
    again = sum(len(paid.attempts) > 1 for paid in payments)
    note = f"in {attempts} attempts · {again} orders tried again · {refunds} refunds · {bars} bars"
    return Figure(label="Captures", short=f"{captures} in {attempts}", value=str(captures), note=note)


def _stories(books: Books, told: Stories, named: Iterable[str], owed: Sequence[str]) -> Iterator[CaseStory]:
    """Orders in findings first, then some that need a person, some charged again, some compensated, and one plain order
    of each ending.
    """
    paid = {order: payments for order, payments in books.payments.items() if order}
    endings = {order.order_id: _ending(order) for order in books.orders.values()}
    again = [order for order, payments in paid.items() if len(payments.attempts) > 1]
    undone = [order for order, payments in paid.items() if payments.refunds or payments.bars]
    first_of_each = {ending: order for order, ending in reversed(endings.items())}
    chosen: dict[str, str] = {}
    candidates: tuple[tuple[str, Iterable[str]], ...] = (
        (NAMED_IN_A_FINDING, named),
        ("needs a person", owed[:STORIES_OF_A_KIND]),
        ("charged again", again[:STORIES_OF_A_KIND]),
        ("compensated", undone[:STORIES_OF_A_KIND]),
        (AN_EXAMPLE, first_of_each.values()),
    )
    for why, orders in candidates:
        for order in orders:
            chosen.setdefault(order, why)
    for order, why in list(chosen.items())[:STORIES]:
        lines, left_out = told.tell(order)
        if lines:
            ending = endings.get(order, "unknown")
            yield CaseStory(case=order, ending=ending, chosen=why, lines=lines, left_out=left_out)


def _by_frequency(codes: Iterable[str]) -> dict[str, int]:
    return dict(Counter(codes).most_common())
