"""seat_map_converges: when everything has come to rest, the public seat map shows each seat as its Ticket has it.

A case is a seat of an opened event.

INVALID: the map shows another status than the Ticket's state, lacks a seat, or is said to be of an unknown event, and
nothing that could still change it is under way.
UNKNOWN: invocations or state incomplete; the map could not be read; it differs while something that may change it is
under way, or ended while the evidence was being read.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import JsonValue

from booking.books import Books, books_of, named
from booking.contract import error_code
from booking.seats import Seat, SeatState
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("invocations", "state")


def check(record: Record) -> CheckResult:
    """Compares each event's map with its tickets."""
    evidence = books_of(record)
    findings: list[Finding] = []
    cases = 0
    for event_id in evidence.events:
        view = record.meta.views.get(f"SeatMap/{event_id}/get")
        if _denied(view) and evidence.at_rest and not evidence.moving_at(event_id):
            findings.append(invalid(f"the map of event {event_id} is unknown, though that was opened"))
            continue
        shown = view.get("seats") if isinstance(view, dict) else None
        if not isinstance(view, dict) or not isinstance(shown, dict):
            findings.append(unknown(f"the map of event {event_id} could not be read", details={"view": view}))
            continue
        of_event = [seat for seat in evidence.seats.values() if seat.event_id == event_id]
        seats = [seat for seat in of_event if _listed(evidence, seat, shown)]
        cases += len(seats)
        findings += _compare(evidence, event_id, seats, shown, view.get("round"))
    return conclude(
        evidence,
        "seat_map_converges",
        needs=NEEDS,
        cases=cases,
        summary=f"{cases} seats of {len(evidence.events)} events compared",
        findings=findings,
    )


def _denied(view: JsonValue) -> bool:
    """Whether the answer is that there is no such event."""
    said = view.get("error") if isinstance(view, dict) else None
    message = said.get("message") if isinstance(said, dict) else None
    return isinstance(message, str) and error_code(message) == "unknown_event"


def _listed(evidence: Books, seat: Seat, shown: dict[str, JsonValue]) -> bool:
    return seat.key in evidence.opened_seats or seat.seat_id in shown


def _compare(
    evidence: Books, event_id: str, seats: list[Seat], shown: dict[str, JsonValue], round_: JsonValue
) -> Iterator[Finding]:
    moving = evidence.moving_at(event_id)
    for seat in seats:
        truth = _truth(seat, round_)
        if shown.get(seat.seat_id) == truth.status and truth.round == round_:
            continue
        message = (
            f"the map shows {shown.get(seat.seat_id)} in round {round_}, the Ticket has {truth.status} in round "
            f"{truth.round}, version {truth.version}"
        )
        if not evidence.has(*NEEDS):
            continue
        if moving or not evidence.at_rest:
            why = named(moving) or "an operation was not answered"
            yield unknown(f"{message}; not at rest: {why}", subject=seat.key, case=truth.order_id)
        elif not seat.unreadable:
            yield invalid(message, subject=seat.key, case=truth.order_id)
        else:
            yield unknown("its Ticket state is not of the contract's form", subject=seat.key)


def _truth(seat: Seat, round_: JsonValue) -> SeatState:
    """The Ticket's state; a Ticket that was never written to is free, in whatever round its event is."""
    return seat.final or SeatState("AVAILABLE", None, round_ if isinstance(round_, int) else 1, 0)
