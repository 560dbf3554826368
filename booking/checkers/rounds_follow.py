"""rounds_follow: rounds follow one another without a gap: a new one begins when the last is sold out, or is ended.

A case is an event that starts over by itself, or that a client reset.

INVALID: a round that ended by itself though a seat was not sold in it; a round that is sold out while all is at rest,
and no new one began; an event in another round than the resets of clients lead to (one that is repeated skips none).
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
    """Whether an event could begin another round, or must."""
    evidence = books_of(record)
    return bool(Expects.of(record.meta.expect).rounds or _starting_over(record) or any(_resets(evidence).values()))


def check(record: Record) -> CheckResult:
    """Looks at the rounds of every event that had, or could have had, more than one."""
    evidence = books_of(record)
    starting_over, resets = _starting_over(record), _resets(evidence)
    findings: list[Finding] = []
    for event_id in evidence.events:
        if resets.get(event_id):
            findings += _was_reset(evidence, event_id, resets[event_id])
        elif event_id in starting_over:
            findings += _sold_out(evidence, event_id)
    sold = {sale.round for seat in evidence.seats.values() for sale in seat.sales}
    if len(sold) < Expects.of(record.meta.expect).rounds:
        findings.append(
            unknown(f"seats were sold in {len(sold)} rounds, the plan expects {Expects.of(record.meta.expect).rounds}")
        )
    return conclude(
        evidence,
        "rounds_follow",
        needs=NEEDS,
        cases=len(starting_over | resets.keys()),
        summary=f"seats were sold in {len(sold)} rounds",
        findings=findings,
        details={"rounds": [*sorted(sold)]},
    )


def _starting_over(record: Record) -> set[str]:
    opening = record.decisions.get("load", {}).get("opening", [])
    return {call["key"] for call in opening if (call.get("input") or {}).get("auto_reset")}


def _resets(evidence: Books) -> dict[str, set[int]]:
    """Event → the rounds that clients asked to end."""
    resets: dict[str, set[int]] = {}
    for each in evidence.load:
        if (each.service, each.handler) == ("Event", "reset") and isinstance(each.input, dict):
            round_ = each.input.get("round")
            if isinstance(round_, int) and each.conclusion == "ok":
                resets.setdefault(each.key, set()).add(round_)
    return resets


def _round(evidence: Books, event_id: str) -> int:
    """The latest round any of the event's tickets knows."""
    rounds = [state.round for seat in evidence.seats.values() if seat.event_id == event_id for state in seat.states]
    return max(rounds, default=1)


def _was_reset(evidence: Books, event_id: str, asked: set[int]) -> Iterator[Finding]:
    last = 1
    while last in asked:
        last += 1
    now = _round(evidence, event_id)
    if now == last or not evidence.has(*NEEDS):
        return
    message = f"{event_id} is in round {now}; after resets of {', '.join(map(str, sorted(asked)))} it must be {last}"
    yield (unknown if evidence.moving_at(event_id) or not evidence.at_rest else invalid)(message)


def _sold_out(evidence: Books, event_id: str) -> Iterator[Finding]:
    if not evidence.has(*NEEDS):
        return
    seats = [seat for seat in evidence.seats.values() if seat.key in evidence.opened_seats]
    seats = [seat for seat in seats if seat.event_id == event_id]
    now = _round(evidence, event_id)
    for round_ in range(1, now):
        for seat in seats:
            if not any(sale.round == round_ for sale in seat.sales):
                yield invalid(f"round {round_} of {event_id} ended, and this seat was not sold in it", subject=seat.key)
    if seats and all(seat.final and (seat.final.status, seat.final.round) == ("SOLD", now) for seat in seats):
        message = f"round {now} of {event_id} is sold out, and no new one began"
        yield (unknown if evidence.moving_at(event_id) or not evidence.at_rest else invalid)(message)
