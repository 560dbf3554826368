"""failures_have_causes: every order that failed has what made it fail in the evidence, and one that did not its seat.

A case is an order that was told, or journaled, as failed or confirmed.

INVALID: 409 `seat_sold` or `seat_reserved` though no call of reserve was answered so, or the seat was free all along;
404 for an event or seat that was open; 402 though the gateway did not decline; 408 of an order that was sold its seat
or never held one; 410 though no cancel was accepted; 424 without a capture, or of an order that was sold its seat; 502
though the gateway did not refuse for good, or refused what only the app can have got wrong; `order_settled` of an order
placed once, whose payment was not settled; CONFIRMED though no call of confirm was answered: sold.
Not judged: an order of which an operator cancelled or killed something; an order placed more than once, where only the
journal could tell. UNKNOWN: history, invocations, journal or the gateway's ledger incomplete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from booking.books import Books, books_of
from booking.model.endings import BOOKED, ENDINGS
from booking.orders import NEVER_BEGAN, Order, at
from booking.workflows import facts_of, was_placed_again, without_reason
from chaos.checkers.findings import conclude
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "gateway")
BY_JOURNAL = frozenset({"seat_sold", "seat_reserved", "unpaid"})


def expected(record: Record) -> bool:
    """Whether any order is known to have ended."""
    return bool(_ended(books_of(record)))


def check(record: Record) -> CheckResult:
    """Looks for the cause of every ending."""
    evidence = books_of(record)
    ended = _ended(evidence)
    counts = Counter(code for codes in ended.values() for code in codes)
    judged = ended if evidence.has(*NEEDS) else {}
    return conclude(
        evidence,
        "failures_have_causes",
        needs=NEEDS,
        cases=len(ended),
        summary=", ".join(f"{count} {code}" for code, count in sorted(counts.items())) or "no order failed",
        findings=[
            finding
            for order_id, codes in judged.items()
            for finding in _judge(evidence, evidence.orders[order_id], codes)
        ],
    )


def _ended(evidence: Books) -> dict[str, set[str]]:
    """Orders that are known to have ended → the codes they failed with; none of one that is confirmed."""
    orders = evidence.orders.values()
    return {each.order_id: _codes(each) for each in orders if _codes(each) or each.ending == "confirmed"}


def _codes(order: Order) -> set[str]:
    """The codes that the order is known to have failed with: Restate's word, and what clients were told."""
    told = {each.code for each in order.operations if each.conclusion == "fail" and each.code}
    journaled = {order.failure_code} if order.invocation and order.invocation.failure else set()
    return {code for code in told | journaled if code} - NEVER_BEGAN


def _judge(evidence: Books, order: Order, codes: set[str]) -> Iterator[Finding]:
    if order.order_id in evidence.by_operator:
        return
    facts, whole = facts_of(evidence, order), evidence.is_whole(order.invocation)
    by_journal = whole and not was_placed_again(order)
    rows = tuple(row.row for row in evidence.paid(order.order_id).rows)
    for code in sorted(codes & ENDINGS.keys()):
        if (by_journal or code not in BY_JOURNAL) and not ENDINGS[code].is_shown(facts):
            ending = ENDINGS[code]
            yield without_reason(
                ending.clause,
                f"ended {code}, and nothing shows that {ending.cause}",
                agree="ledger, seat and cancels",
                dissent="its answer",
                ledger_rows=rows,
                **at(order),
            )
    if order.ending == "confirmed" and by_journal and not BOOKED.is_shown(facts):
        what = f"confirmed, and nothing shows that {BOOKED.cause}"
        yield without_reason(BOOKED.clause, what, agree="its journal", dissent="its answer", **at(order))
