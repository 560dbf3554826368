"""rounds_follow: of an event that starts over by itself a new round begins when the last is sold out.

A case is an event of a run with such a one, or whose plan expects rounds. That no round ends without a cause is for
events_follow_contract to say.

INVALID: a round that is sold out while all is at rest, and no new one began.
UNKNOWN: history, invocations, journal or state incomplete; fewer rounds with a sale than the plan expects; not at rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from booking.books import Books, books_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")


class Expects(Expectations):
    rounds: int = Field(default=0, ge=0, description="rounds in which a seat was sold")


def expected(record: Record) -> bool:
    """Whether an event starts over by itself, or is to."""
    return bool(Expects.of(record.meta.expect).rounds or _starting_over(record))


def check(record: Record) -> CheckResult:
    """Looks at the last round of every event that starts over."""
    evidence, starting_over = books_of(record), _starting_over(record)
    findings = [finding for event_id in sorted(starting_over) for finding in _sold_out(evidence, event_id)]
    sold = {sale.round for seat in evidence.seats.values() for sale in seat.sales}
    if len(sold) < Expects.of(record.meta.expect).rounds:
        findings.append(
            unknown(f"seats were sold in {len(sold)} rounds, the plan expects {Expects.of(record.meta.expect).rounds}")
        )
    return conclude(
        evidence,
        "rounds_follow",
        needs=NEEDS,
        cases=len(evidence.events),
        summary=f"seats were sold in {len(sold)} rounds",
        findings=findings,
        details={"rounds": [*sorted(sold)]},
    )


def _starting_over(record: Record) -> set[str]:
    opening = record.decisions.get("load", {}).get("opening", [])
    return {call["key"] for call in opening if (call.get("input") or {}).get("auto_reset")}


def _sold_out(evidence: Books, event_id: str) -> Iterator[Finding]:
    if not evidence.has(*NEEDS):
        return
    seats = [seat for seat in evidence.seats.values() if seat.key in evidence.opened_seats]
    seats = [seat for seat in seats if seat.event_id == event_id]
    now = max((state.round for seat in seats for state in seat.states), default=1)
    if seats and all(seat.final and (seat.final.status, seat.final.round) == ("SOLD", now) for seat in seats):
        message = f"round {now} of {event_id} is sold out, and no new one began"
        yield (unknown if evidence.moving_at(event_id) or not evidence.at_rest else invalid)(message)
