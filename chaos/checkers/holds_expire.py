"""holds_expire: a hold that nobody pays for ends by its own durable timer, whoever was dead when it was due.

A case is a hold that a client was given.

INVALID: a seat that is still held when all is at rest, and no `expire` that was sent to it is still to come: nothing
will ever free it.
UNKNOWN: history, invocations or state incomplete; something that may change the seat under way; fewer holds ended while
a process was dead than the plan expects.
"""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.evidence import Evidence, evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.windows import all_dead
from chaos.history import Operation
from chaos.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "state")


def expected(record: Record) -> bool:
    """Whether a client was given a hold."""
    return bool(_holds(evidence_of(record)))


def check(record: Record) -> CheckResult:
    """Looks at every seat that is still held, and counts the holds that ended while a process was dead."""
    evidence = evidence_of(record)
    holds = _holds(evidence)
    while_down = sum(all_dead(record, _expires_at_ms(hold)) for hold in holds)
    findings = [*_never_freed(evidence)]
    wanted = record.meta.expect.expired_while_down
    if while_down < wanted:
        findings.append(unknown(f"{while_down} holds ended while a process was dead, the plan expects {wanted}"))
    return conclude(
        evidence,
        "holds_expire",
        needs=(*NEEDS, "faults") if wanted else NEEDS,
        cases=len(holds),
        summary=f"{len(holds)} holds given to clients, {while_down} ended while a process was dead",
        findings=findings,
        details={"while_down": while_down},
    )


def _holds(evidence: Evidence) -> list[Operation]:
    return [
        each
        for each in evidence.load
        if (each.service, each.handler, each.conclusion) == ("Ticket", "reserve", "ok") and _expires_at_ms(each)
    ]


def _expires_at_ms(hold: Operation) -> int:
    answer = hold.output.get("expires_at_ms") if isinstance(hold.output, dict) else None
    return answer if isinstance(answer, int) else 0


def _never_freed(evidence: Evidence) -> Iterator[Finding]:
    to_come = {
        each.key
        for each in evidence.invocations.values()
        if (each.service, each.handler) == ("Ticket", "expire") and each.status != "completed"
    }
    for seat in evidence.seats.values():
        if not seat.final or seat.final.status != "RESERVED" or seat.key in to_come:
            continue
        if not evidence.has("invocations", "state"):
            continue
        where = {"seat": seat.key, "order_id": seat.final.order_id}
        if not evidence.at_rest or evidence.moving_at(seat.event_id):
            yield unknown("held without a timer that is still to come, and not at rest", **where)
        else:
            yield invalid("still held, and no timer is left that would ever free it", **where)
