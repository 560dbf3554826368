"""holds_expire: a hold that nobody pays for ends by its own durable timer, whoever was dead when it was due.

A case is a hold that a client was given.

INVALID: a seat that is still held when all is at rest, and no `expire` that was sent to it is still to come: nothing
will ever free it; a hold that was ended by an `expire` which another hold had sent.
UNKNOWN: history, invocations or state incomplete; something that may change the seat under way; fewer holds ended while
a process was dead, or fewer timers came while another hold was on, than the plan expects.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field

from booking.books import Books, books_of
from booking.seats import Seat
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.windows import all_dead
from chaos.evidence.history import Operation
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "state")


class Expects(Expectations):
    expired_while_down: int = Field(
        default=0, ge=0, description="holds, sessions or signups that ended while every process killed was dead"
    )
    timers_outlived: int = Field(
        default=0, ge=0, description="timers of holds given back early that came during another hold"
    )


def expected(record: Record) -> bool:
    """Whether a client was given a hold."""
    return bool(_holds(books_of(record)))


def check(record: Record) -> CheckResult:
    """Looks at every seat that is still held, and counts the holds that ended while a process was dead."""
    evidence = books_of(record)
    holds = _holds(evidence)
    while_down = sum(all_dead(record, _expires_at_ms(hold)) for hold in holds)
    expect = Expects.of(record.meta.expect)
    outlived = _outlived(evidence) if expect.timers_outlived else 0
    findings = [*_never_freed(evidence), *_freed_by_another(evidence)]
    for what, seen, wanted in (
        ("holds ended while a process was dead", while_down, expect.expired_while_down),
        ("timers came while another hold was on", outlived, expect.timers_outlived),
    ):
        if seen < wanted:
            findings.append(unknown(f"{seen} {what}, the plan expects {wanted}"))
    needs = (*NEEDS, "faults") if expect.expired_while_down else NEEDS
    return conclude(
        evidence,
        "holds_expire",
        needs=(*needs, "journal") if expect.timers_outlived else needs,
        cases=len(holds),
        summary=f"{len(holds)} holds given to clients, {while_down} ended while a process was dead",
        findings=findings,
        details={"while_down": while_down, "outlived": outlived},
    )


def _holds(evidence: Books) -> list[Operation]:
    return [
        each
        for each in evidence.load
        if (each.service, each.handler, each.conclusion) == ("Ticket", "reserve", "ok") and _expires_at_ms(each)
    ]


def _expires_at_ms(hold: Operation) -> int:
    answer = hold.output.get("expires_at_ms") if isinstance(hold.output, dict) else None
    return answer if isinstance(answer, int) else 0


def _timers(evidence: Books) -> list[Invocation]:
    return [each for each in evidence.invocations.values() if (each.service, each.handler) == ("Ticket", "expire")]


def _outlived(evidence: Books) -> int:
    """Timers that ended between the invocation that began another hold of their seat and the one that came next."""
    count = 0
    for timer in _timers(evidence):
        seat = evidence.seats.get(timer.key or "", Seat(""))
        own = _begun(seat).get(timer.invoked_by_id)
        for hold, after in pairwise(seat.writes if own is not None else ()):
            began, then = (evidence.invocations.get(each.invocation_id or "") for each in (hold, after))
            if hold.status != "RESERVED" or hold.version == own or not (began and then) or then.id == timer.id:
                continue
            count += (began.completed_at_ms or then.created_at_ms) <= (timer.completed_at_ms or 0) <= then.created_at_ms
    return count


def _begun(seat: Seat) -> dict[str | None, int]:
    """The invocations that began a hold of a seat, and the version it has by that."""
    return {each.invocation_id: each.version for each in seat.writes if each.status == "RESERVED"}


def _freed_by_another(evidence: Books) -> Iterator[Finding]:
    """Who sent a timer and whom it freed: by the versions of the seat, not by the clock."""
    timers = {timer.id: timer for timer in _timers(evidence)}
    for seat in evidence.seats.values():
        begun = _begun(seat)
        for hold, freed in pairwise(seat.writes):
            timer = timers.get(freed.invocation_id or "")
            own = begun.get(timer.invoked_by_id) if timer and hold.status == "RESERVED" else None
            if own is not None and own < hold.version == freed.version - 1:
                yield invalid(
                    f"held in version {hold.version}, and freed by the timer of another hold",
                    subject=seat.key,
                    case=hold.order_id,
                    invocation_id=freed.invocation_id,
                    journal_index=freed.journal_index,
                )


def _never_freed(evidence: Books) -> Iterator[Finding]:
    to_come = {each.key for each in _timers(evidence) if each.status != "completed"}
    for seat in evidence.seats.values():
        if not seat.final or seat.final.status != "RESERVED" or seat.key in to_come:
            continue
        if not evidence.has("invocations", "state"):
            continue
        where = {"subject": seat.key, "case": seat.final.order_id}
        if not evidence.at_rest or evidence.moving_at(seat.event_id):
            yield unknown("held without a timer that is still to come, and not at rest", **where)
        else:
            yield invalid("still held, and no timer is left that would ever free it", **where)
