"""no_oversell: in one round a seat is sold to at most one order, and once sold it stays sold.

A case is a seat in one round that some order held or bought. Judged by the states that Ticket wrote to its journal, in
version order, by its state at the end, and by what confirmed checkouts answered; never by the clock.

INVALID: two orders have, or were told they have, the same seat in the same round; a sold seat is no longer sold in a
later version of the same round; two different states carry the same version (then the versions do not order them).
UNKNOWN: history, invocations, journal or state incomplete; a Ticket state that is not of the contract's form.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from booking.books import Books, books_of
from booking.seats import Seat, SeatState
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")
SeatRound = tuple[str, int]


def check(record: Record) -> CheckResult:
    """Looks at every seat, round by round."""
    evidence = books_of(record)
    owners = _owners(evidence)
    held = {
        (seat.key, state.round)
        for seat in evidence.seats.values()
        for state in seat.states
        if state.status != "AVAILABLE"
    }
    findings = [*_sold_twice(owners)]
    for seat in evidence.seats.values():
        findings += [*_unsold(seat), *_same_version(seat)]
        if seat.unreadable:
            findings.append(unknown(f"{seat.unreadable} states are not of the contract's form", subject=seat.key))
    return conclude(
        evidence,
        "no_oversell",
        needs=NEEDS,
        cases=len(owners.keys() | held),
        summary=f"{len(owners)} seats sold, {len(held - owners.keys())} only held",
        findings=findings,
        details={"sold": len(owners), "held": len(held)},
    )


def _owners(evidence: Books) -> dict[SeatRound, dict[str, str]]:
    """(seat, round) → order → how it is known to have the seat."""
    owners: dict[SeatRound, dict[str, str]] = {}
    for seat in evidence.seats.values():
        for sale in seat.sales:
            owners.setdefault((seat.key, sale.round), {}).setdefault(sale.order_id or "nobody", _source(sale))
    for order in evidence.orders.values():
        for booking in order.bookings:
            round_ = booking.get("round")
            if isinstance(round_, int) and booking.get("event_id") and booking.get("seat_id"):
                place = f"{booking['event_id']}:{booking['seat_id']}"
                owners.setdefault((place, round_), {}).setdefault(order.order_id, "its checkout answered so")
    return owners


def _sold_twice(owners: dict[SeatRound, dict[str, str]]) -> Iterator[Finding]:
    for (seat, round_), orders in owners.items():
        if len(orders) > 1:
            who = "; ".join(f"{order_id} ({source})" for order_id, source in orders.items())
            yield invalid(
                f"sold to {len(orders)} orders in round {round_}: {who}",
                subject=seat,
                case=next(iter(orders)),
                details={"orders": [*orders], "round": round_},
            )


def _unsold(seat: Seat) -> Iterator[Finding]:
    for before, after in pairwise(seat.states):
        if before.status == "SOLD" and after.status != "SOLD" and after.round == before.round:
            yield invalid(
                f"sold to {before.order_id} in version {before.version}, {after.status} in version {after.version} "
                f"of the same round",
                subject=seat.key,
                case=before.order_id,
                invocation_id=after.invocation_id,
                journal_index=after.journal_index,
            )


def _same_version(seat: Seat) -> Iterator[Finding]:
    for before, after in pairwise(seat.states):
        if before.version == after.version and before.content != after.content:
            yield invalid(
                f"version {before.version} stands for two states: {_words(before)} ({_source(before)}) and "
                f"{_words(after)} ({_source(after)})",
                subject=seat.key,
                invocation_id=after.invocation_id or before.invocation_id,
                journal_index=after.journal_index,
            )


def _words(state: SeatState) -> str:
    return f"{state.status} {state.order_id or ''}".strip()


def _source(state: SeatState) -> str:
    return f"{state.invocation_id} entry {state.journal_index}" if state.invocation_id else "state at the end"
