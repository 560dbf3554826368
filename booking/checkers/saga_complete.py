"""saga_complete: every order ends whole: a seat and its charge, or neither, and nothing of it left open.

A case is an order that got somewhere: it held a seat, bought one, or tried to charge.

INVALID: a seat sold to an order without a capture that stands (unless the event is free), to an order that failed, or
to one that has another seat; an order confirmed whose seat was never sold to it; an order that failed after a charge
attempt arrived, with neither a void nor a refund that took effect; a seat still held by an order that has ended; in the
order's journal, the charge before the hold, the confirm before the charge, or the release before the void or refund.
UNKNOWN: history, invocations, journal, ledger or state incomplete; something of the order still open; a failed payment
without a void of which no attempt arrived; a compensation that was given up and stands in the order's status or
journal: it needs a person (unless the plan expects it and the status says so).
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of, named
from booking.orders import Order, at
from booking.seats import Seat, SeatState
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.journal import JournalEntry
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "gateway", "state")
MONEY = frozenset({"void", "refund"})
SETTLED_BEFORE = "order_settled"  # the payment belongs to an earlier booking of this id: not this run's to void
Sales = dict[str | None, dict[tuple[str, int], SeatState]]  # order → (seat, round) → the state that says so


def check(record: Record) -> CheckResult:
    """Follows every order from its seat to its money and back."""
    evidence = books_of(record)
    sales: Sales = {}
    for seat in evidence.seats.values():
        for sale in seat.sales:
            sales.setdefault(sale.order_id, {}).setdefault((seat.key, sale.round), sale)
    held = {state.order_id for seat in evidence.seats.values() for state in seat.states if state.status != "AVAILABLE"}
    findings = [finding for order_id, seats in sales.items() for finding in _sale_is_paid(evidence, order_id, seats)]
    for seat in evidence.seats.values():
        findings += _hold_ended(evidence, seat)
    cases = 0
    for order in evidence.orders.values():
        cases += order.order_id in held or _tried_to_charge(evidence, order)
        findings += _confirmed_has_seat(evidence, order, sales.get(order.order_id, {}))
        findings += _failed_is_settled(evidence, order)
        findings += _in_order(evidence, order)
    return conclude(
        evidence,
        "saga_complete",
        needs=NEEDS,
        cases=cases,
        summary=f"{cases} orders held a seat or tried to pay, {len(sales)} of them have one",
        findings=findings,
    )


def _tried_to_charge(evidence: Books, order: Order) -> bool:
    return bool(evidence.paid(order.order_id).attempts or order.commands("Run", "charge"))


def _sale_is_paid(evidence: Books, order_id: str | None, seats: dict[tuple[str, int], SeatState]) -> Iterator[Finding]:
    """No seat without a charge, and one charge buys one seat. It comes first: an order still open is no excuse."""
    order, paid = evidence.orders.get(order_id or ""), evidence.paid(order_id or "")
    (seat, _), sale = next(iter(seats.items()))
    where: dict[str, str | int | None] = {"case": order_id, "subject": seat}
    where |= {"invocation_id": sale.invocation_id, "journal_index": sale.journal_index}
    if len(seats) > 1:
        yield invalid(f"one order bought {len(seats)} seats: {', '.join(key for key, _ in seats)}", **where)
    if order and order.ending == "failed":
        yield invalid(f"sold to an order that failed ({order.failure_code or 'no code'})", **where)
    elif paid.captures and not paid.standing:
        rows = tuple(row.row for row in paid.captures + paid.refunds)
        yield invalid("sold, and the charge was refunded", ledger_rows=rows, **where)
    elif not paid.captures and evidence.has("gateway") and not evidence.is_free_event(seat.rpartition(":")[0]):
        yield invalid("sold without a charge", **where)


def _hold_ended(evidence: Books, seat: Seat) -> Iterator[Finding]:
    """No hold outlives its order."""
    hold = seat.final
    order = evidence.orders.get(hold.order_id or "") if hold and hold.status == "RESERVED" else None
    if order is None or order.ending not in ("confirmed", "failed") or not evidence.has("invocations"):
        return
    moving = evidence.moving_for(order.order_id)
    moving += [each for each in evidence.moving_at(seat.event_id) if each.key == seat.key]
    message = f"still held by this order, which has ended ({order.failure_code or order.ending})"
    if moving:
        yield unknown(f"{message}, but not at rest: {named(moving)}", **at(order) | {"subject": seat.key})
    elif "release" in evidence.given_up(order):
        if not evidence.is_foreseen(order):
            yield unknown(
                f"needs a person: {message}, and its release was given up", **at(order) | {"subject": seat.key}
            )
    else:
        yield invalid(message, **at(order) | {"subject": seat.key})


def _confirmed_has_seat(evidence: Books, order: Order, seats: dict[tuple[str, int], SeatState]) -> Iterator[Finding]:
    """No charge without a seat: the one that was answered, in the round that was answered."""
    if order.ending != "confirmed":
        return
    if not seats:
        if evidence.has("invocations", "journal", "state"):
            yield invalid("confirmed, but no seat was ever sold to it", **at(order))
        return
    for booking in order.bookings:
        seat, round_ = f"{booking.get('event_id')}:{booking.get('seat_id')}", booking.get("round")
        if (seat, round_) not in seats:
            sold = ", ".join(f"{key} in round {number}" for key, number in seats)
            yield invalid(f"told {seat} in round {round_}, sold {sold}", **at(order))


def _failed_is_settled(evidence: Books, order: Order) -> Iterator[Finding]:
    """A failed or abandoned payment is never left open."""
    if order.ending != "failed" or not _tried_to_charge(evidence, order):
        return
    if order.failure_code == SETTLED_BEFORE and not order.is_own_payment:
        return
    paid = evidence.paid(order.order_id)
    settled = (paid.bars or paid.refunds) and not paid.open_keys and not paid.standing
    if settled or not evidence.has("gateway", "invocations", "journal"):
        return
    rows = tuple(row.row for row in paid.attempts + paid.standing + paid.refused_undo)
    message = f"{order.failure_code or 'failed'} after {len(paid.attempts)} charge attempts, and its payment is open"
    if moving := evidence.moving_for(order.order_id):
        yield unknown(f"{message}; not at rest: {named(moving)}", ledger_rows=rows, **at(order))
    elif not paid.attempts:
        yield unknown(f"{message}, though nothing arrived that a void would settle", **at(order))
    elif given_up := evidence.given_up(order) & MONEY:
        if not evidence.is_foreseen(order):
            yield unknown(
                f"needs a person: {message}, since its {min(given_up)} was given up", ledger_rows=rows, **at(order)
            )
    else:
        yield invalid(f"{message}: neither voided nor refunded", ledger_rows=rows, **at(order))


def _in_order(evidence: Books, order: Order) -> Iterator[Finding]:
    """Reserve, charge, confirm; and on the way back void or refund before release. Each awaited before the next."""
    if not evidence.has("journal"):
        return
    reserve, confirm, release = (order.commands("Call", name) for name in ("reserve", "confirm", "release"))
    charge = order.commands("Run", "charge")
    undo = order.commands("Run", "void") + order.commands("Run", "refund")
    if charge and not _ended_before(order, reserve, charge[0]):
        yield _out_of_order(order, charge[0], "charges before the seat is held")
    if confirm and not _ended_before(order, charge, confirm[0]) and not evidence.is_free(order):
        yield _out_of_order(order, confirm[0], "confirms the seat before it is paid")
    if undo and release and not _ended_before(order, undo, release[0]):
        yield _out_of_order(order, release[0], "releases the seat before the payment is settled")


def _ended_before(order: Order, commands: list[JournalEntry], later: JournalEntry) -> bool:
    """Whether one of the commands was given, and its completion journaled (if it was), before a later command."""
    for command in commands:
        completion = order.completion(command)
        if command.index < later.index and (completion is None or completion.index < later.index):
            return True
    return False


def _out_of_order(order: Order, entry: JournalEntry, what: str) -> Finding:
    return invalid(f"journal entry {entry.index} {what}", journal_index=entry.index, **at(order))
