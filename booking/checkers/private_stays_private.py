"""private_stays_private: what the contract calls private is refused at the ingress, whoever asks.

A case is a call of a private handler by a client.

INVALID: one that a handler answered, or that came through the ingress.
UNKNOWN: history or invocations incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.books import Books, books_of
from booking.model.clause import Clause
from booking.workflows import without_reason
from chaos.checkers.findings import conclude
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations")
PRIVATE = Clause("The contract of the system under test", '"private" = not callable through the ingress')
HANDLERS = frozenset(
    {
        ("Ticket", "confirm"),
        ("Ticket", "expire"),
        ("Ticket", "reset"),
        ("SeatMap", "set"),
        ("UserSession", "order_ended"),
        ("Notifications", "notify"),
    }
)
NOT_ANSWERED = frozenset({"refused_by_ingress", "never_ran"})


def expected(record: Record) -> bool:
    """Whether anybody tried, or got through."""
    evidence = books_of(record)
    return bool(_tried(evidence)) or any(True for _ in _came_in(evidence))


def check(record: Record) -> CheckResult:
    """Looks at every call of a private handler that did not come from a service."""
    evidence = books_of(record)
    tried = _tried(evidence)
    findings = [
        without_reason(
            PRIVATE, f"{each.target} was answered {each.code or each.conclusion}",
            agree="the contract", dissent="the client's history", at_ms=each.ended_at_ms,
        )
        for each in tried
        if each.conclusion != "info" and each.code not in NOT_ANSWERED
    ]  # fmt: skip
    return conclude(
        evidence,
        "private_stays_private",
        needs=NEEDS,
        cases=len(tried),
        summary=f"{len(tried)} calls of private handlers",
        findings=[*findings, *_came_in(evidence)],
    )


def _tried(evidence: Books) -> list[Operation]:
    return [each for each in evidence.load if (each.service, each.handler) in HANDLERS]


def _came_in(evidence: Books) -> Iterator[Finding]:
    for each in evidence.invocations.values():
        if each.invoked_by == "ingress" and (each.service, each.handler) in HANDLERS:
            what = f"{each.service}/{each.key}/{each.handler} was invoked through the ingress"
            yield without_reason(PRIVATE, what, agree="the contract", dissent="sys_invocation", invocation_id=each.id)
