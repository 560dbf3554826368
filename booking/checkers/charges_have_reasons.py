"""charges_have_reasons: every row of the gateway's ledger was asked for by an order, under its key, for its price.

A case is an attempt to charge, void or refund.

INVALID: an attempt under a key that is not its order's by the contract's rule; one for an order that nobody placed, or
whose journal, whole, shows no run that makes such an attempt; a void or refund of an order that is confirmed; a charge
of another amount or currency than its event was opened with; money that stands captured for an event and is not its
price times the orders confirmed.
UNKNOWN: history, invocations, journal or the gateway's ledger incomplete; an attempt for nobody's order while something
is under way; an effect on a charge that moves other money than was captured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from booking.books import Books, books_of
from booking.ledgers import GatewayRow
from booking.model import ledgers
from booking.model.clause import Clause
from booking.orders import Order, at
from booking.payments import CHARGES, REFUNDS, VOIDS, Payments
from booking.workflows import was_placed_again, without_reason
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.invocations import has_rows
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "gateway")
UNDO = frozenset({"void", "refund"})  # either may give the money back
ASKS: Mapping[str, frozenset[str]] = {CHARGES: frozenset({"charge"}), VOIDS: UNDO, REFUNDS: UNDO}
KEYS: Mapping[str, tuple[Clause, Callable[[str], set[str]]]] = {
    CHARGES: (ledgers.CHARGE_KEY, lambda order_id: {ledgers.charge_key(order_id)}),
    VOIDS: (ledgers.VOID_KEY, ledgers.void_keys),
    REFUNDS: (ledgers.REFUND_KEY, lambda order_id: {ledgers.refund_key(order_id)}),
}
PRICED = frozenset({"capture", "pending", "fail"})


def expected(record: Record) -> bool:
    """Whether the gateway was asked for anything, as far as is known."""
    return has_rows(record, "gateway")


def check(record: Record) -> CheckResult:
    """Asks of every attempt and every effect why it is there."""
    evidence = books_of(record)
    attempts = sum(len(paid.attempts) + len(paid.undo_attempts) for paid in evidence.payments.values())
    findings: list[Finding] = []
    for order_id, paid in evidence.payments.items():
        order = evidence.orders.get(order_id or "")
        findings += _of_order(evidence, order, paid) if order else _of_nobody(evidence, order_id, paid)
    events, unequal = _sums(evidence)
    return conclude(
        evidence,
        "charges_have_reasons",
        needs=NEEDS,
        cases=attempts,
        summary=f"{attempts} attempts for {len(evidence.payments)} orders; " + (", ".join(events) or "no money moved"),
        findings=findings + unequal,
    )


def _of_order(evidence: Books, order: Order, paid: Payments) -> Iterator[Finding]:
    whole = evidence.is_whole(order.invocation) and not was_placed_again(order)
    runs = {entry.name for entry in order.entries if (entry.kind, entry.type) == ("command", "Run")}
    for path, (clause, keys) in KEYS.items():
        rows = [row for row in paid.attempts + paid.undo_attempts if row.path == path]
        strays = [row for row in rows if row.key not in keys(order.order_id)]
        if strays:
            what = f"{path} under the key {strays[0].key!r}, which is not this order's"
            yield _stray(clause, what, order, strays, "the order's id")
        if rows and whole and not runs & ASKS[path]:
            what = f"{path}, and its checkout has no run {' or '.join(sorted(ASKS[path]))}"
            yield _stray(ledgers.PLACED, what, order, rows, "the journal")
        if rows and path != CHARGES and order.ending == "confirmed":
            yield _stray(ledgers.NEVER_VOIDED, f"{path}, and the order is confirmed", order, rows, "Restate, clients")
    yield from _at_its_price(evidence, order, paid)
    if evidence.has("gateway"):
        yield from _other_money(paid, order)


def _other_money(paid: Payments, order: Order) -> Iterator[Finding]:
    """Refunds and captures of one charge that differ, which is the gateway's own fault."""
    captured = {row.charge_id: (row.amount_cents, row.currency) for row in paid.captures}
    odd = [row for row in paid.refunds if captured.get(row.charge_id) != (row.amount_cents, row.currency)]
    if odd and captured:
        rows = tuple(row.row for row in odd)
        yield unknown(
            f"row {rows[0]}: the refund of another charge or sum than was captured", ledger_rows=rows, **at(order)
        )


def _stray(clause: Clause, what: str, order: Order, rows: list[GatewayRow], agree: str) -> Finding:
    numbers = tuple(row.row for row in rows)
    return without_reason(
        clause,
        f"row {numbers[0]}: {what}",
        agree=agree,
        dissent="the gateway's ledger",
        ledger_rows=numbers,
        **at(order),
    )


def _at_its_price(evidence: Books, order: Order, paid: Payments) -> Iterator[Finding]:
    price = evidence.prices.get(str(order.input.get("event_id")))
    for row in paid.rows:
        if row.effect in PRICED and price and not ledgers.is_price(row.amount_cents, row.currency, price):
            yield without_reason(
                ledgers.PRICE,
                f"row {row.row}: {row.effect} of {row.amount_cents} {row.currency}, "
                f"the event's price is {price[0]} {price[1]}",
                agree="what the event was opened with",
                dissent="the gateway's ledger",
                ledger_rows=(row.row,),
                **at(order),
            )


def _of_nobody(evidence: Books, order_id: str | None, paid: Payments) -> Iterator[Finding]:
    """Attempts that name an order which nobody placed, or none. A look harms nobody, and needs no reason."""
    rows = tuple(row.row for row in paid.attempts + paid.undo_attempts)
    if not rows or not evidence.has(*NEEDS):
        return
    what = f"{len(rows)} attempts, and nobody placed {order_id or 'the order, which they do not name'}"
    if evidence.at_rest:
        where = {"case": order_id, "ledger_rows": rows}
        yield without_reason(
            ledgers.PLACED, what, agree="history and invocations", dissent="the gateway's ledger", **where
        )
    else:
        yield unknown(f"{what}; not at rest", case=order_id, ledger_rows=rows)


def _sums(evidence: Books) -> tuple[list[str], list[Finding]]:
    """What stands captured for each event, in words, and where that is not its price times the orders confirmed."""
    words, findings = [], []
    by_event: dict[str, list[Order]] = {}
    for order in evidence.orders.values():
        by_event.setdefault(str(order.input.get("event_id")), []).append(order)
    for event_id, (price, currency) in evidence.prices.items():
        orders = by_event.get(event_id, [])
        standing = [row for each in orders for row in evidence.paid(each.order_id).standing]
        confirmed = sum(each.ending == "confirmed" for each in orders)
        settled = all(each.ending in ("confirmed", "failed") for each in orders) and evidence.at_rest
        certain = settled and not any(evidence.failed_to_undo(each) for each in orders) and evidence.has(*NEEDS)
        total = sum(row.amount_cents or 0 for row in standing)
        if standing:
            words.append(f"{total} {currency} stand for {confirmed} bookings")
        if certain and isinstance(price, int) and total != price * confirmed:
            findings.append(
                without_reason(
                    ledgers.ADDS_UP,
                    f"{event_id}: {total} {currency} stand captured, {confirmed} bookings cost {price * confirmed}",
                    agree="history, invocations and what the event was opened with",
                    dissent="the gateway's ledger",
                    ledger_rows=tuple(row.row for row in standing),
                )
            )
    return words, findings
