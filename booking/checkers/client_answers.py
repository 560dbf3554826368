"""client_answers: what clients were told of an order is what Restate journaled, in the contract's words and numbers.

A case is an order of which some client has a definite answer.

INVALID: two clients, or a client and the journal, differ on a booking; a client was told that an order failed which is
confirmed, or with another code than the journal's; a checkout failed with words that are not the contract's; an
operation, whichever it was, failed with a code of the contract's under another HTTP status.
Not a contradiction: `order_settled`, `invalid` and answers of the ingress, which say nothing of how the order itself
ended. UNKNOWN: history, invocations or journal incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of
from booking.contract import HTTP_STATUS
from booking.orders import SILENT, Order, at, failure_message, was_killed
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.invocations import invocations_of
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
CANCELLED = "cancelled"  # Restate's word to an invocation that an operator cancels


def check(record: Record) -> CheckResult:
    """Compares the answers of every order."""
    evidence = books_of(record)
    orders = evidence.orders.values()
    told = [order for order in orders if any(each.conclusion != "info" for each in order.operations)]
    return conclude(
        evidence,
        "client_answers",
        needs=NEEDS,
        cases=len(told),
        summary=f"{len(told)} of {len(orders)} orders have an answer",
        findings=[
            *(
                finding
                for order in orders
                for finding in (*_bookings(order), *_failures(order), *_words(evidence, order))
            ),
            *_numbers(evidence),
        ],
    )


def _bookings(order: Order) -> Iterator[Finding]:
    for booking in order.bookings[1:]:
        if booking != order.bookings[0]:
            names = sorted(booking.keys() | order.bookings[0].keys())
            differ = [name for name in names if booking.get(name) != order.bookings[0].get(name)]
            yield invalid(f"two answers to one order differ in {', '.join(differ)}", **at(order))
    for booking in order.bookings[:1]:
        if booking.get("order_id") != order.order_id or booking.get("status") != "CONFIRMED":
            yield invalid(
                f"answered order {booking.get('order_id')!r}, status {booking.get('status')!r}: not its booking",
                **at(order),
            )


def _failures(order: Order) -> Iterator[Finding]:
    told = {each.code for each in order.operations if each.conclusion == "fail" and each.code} - SILENT
    if told and order.bookings:
        yield invalid(f"a client was told {min(told)}, and the order is confirmed", **at(order))
    journaled = order.failure_code if order.invocation and order.invocation.result == "failure" else None
    if journaled and journaled not in SILENT and told - {journaled}:
        yield invalid(f"a client was told {min(told - {journaled})}, the journal says {journaled}", **at(order))


def _numbers(evidence: Books) -> Iterator[Finding]:
    """A client that looks at the status only must learn the same."""
    for each in evidence.load:
        right = HTTP_STATUS.get(each.code or "") if each.conclusion == "fail" else None
        if right is not None and each.status != right:
            where = {"case": each.key if each.service == "Checkout" else None, "at_ms": each.ended_at_ms}
            yield invalid(f"{each.target} was told {each.code} with HTTP {each.status}, not {right}", **where)


def _words(evidence: Books, order: Order) -> Iterator[Finding]:
    """A terminal error's message is `code: sentence`.

    One that was killed is all_orders_end's to report. One that an operator cancelled may pass on Restate's own word.
    """
    run = order.invocation
    if run is None or run.result != "failure" or order.failure_code is not None or was_killed(run):
        return
    said = failure_message(run)
    planned = order.order_id in evidence.by_operator or invocations_of(evidence.record).is_planned(run)
    if said != CANCELLED or not planned:
        yield invalid(f"failed with words the contract does not know: {said[:200]!r}", **at(order))
