"""all_orders_end: every order that was placed came to an end, and nothing done for it is still under way.

A case is an operation of a client, or a checkout that a service began.

INVALID: an invocation that was killed, or that is paused although all faults were healed (Restate has given it up),
unless a fault of the plan names it; or that cannot go on because its code took another path than its journal (570).
UNKNOWN: history or invocations incomplete; an invocation still running, suspended, backing off or waiting its turn (it
may yet end: being slow is not a proof); an operation whose answer never came and that Restate does not know, unless
asking for it was answered with "not found".
Timers at rest, such as the hold's `expire`, are not open.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of, is_open
from booking.orders import was_killed
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.invocations import invocations_of
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations")
JOURNAL_MISMATCH = "[570"


def check(record: Record) -> CheckResult:
    """Looks at every operation and every invocation of the run."""
    evidence = books_of(record)
    stuck = {each.id for each in evidence.open}
    findings = [
        finding
        for invocation in evidence.invocations.values()
        for finding in _judge(evidence, invocation, invocation.id in stuck)
    ]
    findings += _unanswered(evidence)
    cases = len(evidence.load) + sum(not order.operations for order in evidence.orders.values())
    return conclude(
        evidence,
        "all_orders_end",
        needs=NEEDS,
        cases=cases,
        summary=f"{cases} operations, {len(stuck)} invocations still open",
        findings=findings,
        details={"open": len(stuck), "scheduled": _scheduled(evidence)},
    )


def _judge(evidence: Books, invocation: Invocation, stuck: bool) -> Iterator[Finding]:
    target = f"{invocation.service}/{invocation.key}/{invocation.handler}"
    where = {"invocation_id": invocation.id, "case": evidence.order_of(invocation)}
    by_operator = invocations_of(evidence.record).is_planned(invocation)
    if was_killed(invocation) and not by_operator:
        yield invalid(f"{target} was killed", **where)
    elif invocation.status == "paused" and evidence.record.meta.healed_at_ms is not None and not by_operator:
        yield invalid(f"{target} is paused: {invocation.last_failure or 'no failure is given'}", **where)
    elif stuck and (invocation.last_failure or "").startswith(JOURNAL_MISMATCH):
        yield invalid(f"{target} is not deterministic: {invocation.last_failure}", **where)
    elif stuck:
        why = f": {invocation.last_failure}" if invocation.last_failure else ""
        yield unknown(f"{target} is still {invocation.status}{why}", **where)


def _unanswered(evidence: Books) -> Iterator[Finding]:
    """Operations that nobody knows the end of; while invocations are incomplete that is said once, as a gap."""
    if not evidence.has("invocations"):
        return
    for operation in evidence.load:
        order = evidence.orders.get(operation.key) if operation.service == "Checkout" else None
        if operation.conclusion == "info" and not (order and order.invocation):
            yield unknown(
                f"operation {operation.number}, {operation.target}, was never answered "
                f"({operation.code or 'no answer'}), and Restate does not know it",
                case=order.order_id if order else None,
                at_ms=operation.invoked_at_ms,
            )


def _scheduled(evidence: Books) -> int:
    return sum(each.status == "scheduled" and not is_open(each) for each in evidence.invocations.values())
