"""sessions_expire: a session ends when its user has been away for as long as sessions last, and not sooner.

A case is a look at a session whose user did nothing else with it than to put seats into its cart.

INVALID: until that look its user was never away for so long, and yet the seat that was put in last is gone: a timer
that was set when another was put in cleared the session.
UNKNOWN: seats are gone that early, and no such timer is seen; history, invocations or journal incomplete; fewer looks
at sessions in use, or sessions that ended while every killed process was dead, than the plan expects (then the fault
log is needed too).
How long a user was away, at most, is told by the clients' clock: from when one use was sent until the next was
answered, and a margin. That alone accuses nobody: a timer is counted from the clock of the endpoint that set it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import Field, JsonValue

from booking.books import SKEW_MS, Books, books_of
from booking.settings import settings_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.windows import all_dead
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")


class Expects(Expectations):
    expired_while_down: int = Field(
        default=0, ge=0, description="holds, sessions or signups that ended while every process killed was dead"
    )
    kept_in_use: int = Field(
        default=0, ge=0, description="looks at a session in use that would be gone had it not been used again"
    )


def expected(record: Record) -> bool:
    """Whether somebody looked at a session that had only been filled."""
    return bool(_looks(books_of(record)))


def check(record: Record) -> CheckResult:
    """Follows every session from one use to the next, and to the looks at it."""
    evidence, expect = books_of(record), Expects.of(record.meta.expect)
    lasts_ms = settings_of(record).session_idle_ms
    looks = _looks(evidence)
    findings = [finding for look, uses in looks for finding in _judge(evidence, look, uses, lasts_ms)]
    kept = sum(_in_use(look, uses, lasts_ms) and _past(look, uses, lasts_ms) for look, uses in looks)
    last_uses = {uses[-1].key: uses[-1] for _, uses in looks}.values()
    while_down = sum(all_dead(record, *(time + lasts_ms for time in _span(use))) for use in last_uses)
    for what, seen, wanted in (
        ("looks at sessions in use for longer than one lasts", kept, expect.kept_in_use),
        ("sessions ended while a process was dead", while_down, expect.expired_while_down),
    ):
        if seen < wanted:
            findings.append(unknown(f"{seen} {what}, the plan expects {wanted}"))
    return conclude(
        evidence,
        "sessions_expire",
        needs=(*NEEDS, "faults") if expect.expired_while_down else NEEDS,
        cases=len(looks),
        summary=f"{len(looks)} looks at sessions, {kept} of them in use for longer than one lasts",
        findings=findings,
        details={"kept_in_use": kept, "while_down": while_down},
    )


def _looks(evidence: Books) -> list[tuple[Operation, list[Operation]]]:
    """Each look that was answered, and what its user had been answered before; users who did more are left out."""
    sessions: dict[str, list[Operation]] = {}
    for each in evidence.load:
        if each.service == "UserSession":
            sessions.setdefault(each.key, []).append(each)
    looks = []
    for mine in sessions.values():
        if all(each.handler in ("add_to_cart", "get") and each.first == "ok" for each in mine):
            uses = sorted((each for each in mine if each.handler == "add_to_cart"), key=_sent)
            looks += [
                (look, [use for use in uses if _answered(use) < _sent(look)]) for look in mine if look not in uses
            ]
    return [(look, uses) for look, uses in looks if uses]


def _sent(operation: Operation) -> int:
    return operation.events[0].seq


def _answered(operation: Operation) -> int:
    return operation.events[-1].seq


def _span(operation: Operation) -> tuple[int, int]:
    """When it took effect: not before, and not after."""
    return operation.invoked_at_ms, operation.ended_at_ms or operation.invoked_at_ms


def _in_use(look: Operation, uses: list[Operation], lasts_ms: int) -> bool:
    """Whether the user was surely never away for as long as a session lasts."""
    return all(_span(later)[1] - _span(use)[0] < lasts_ms - SKEW_MS for use, later in pairwise([*uses, look]))


def _past(look: Operation, uses: list[Operation], lasts_ms: int) -> bool:
    """Whether the session would be gone if nothing counted but its first use."""
    return _span(look)[0] - _span(uses[0])[1] > lasts_ms


def _judge(evidence: Books, look: Operation, uses: list[Operation], lasts_ms: int) -> Iterator[Finding]:
    cart = look.output.get("cart") if isinstance(look.output, dict) else None
    there = {_seat(seat) for seat in cart} if isinstance(cart, list) else set()
    lost = {_seat(use.input) for use in uses} - there
    if not lost or not _in_use(look, uses, lasts_ms):
        return
    away_ms = max(_span(later)[1] - _span(use)[0] for use, later in pairwise([*uses, look]))
    message = f"{look.key}: cleared, though its user was away for {away_ms} ms at most and sessions last {lasts_ms}"
    latest = _seat(uses[-1].input)
    timer = _older_timer(evidence, look.key, latest) if latest in lost else None
    if timer:
        message += ", by a timer that was set before the last seat was put in"
        yield invalid(message, subject=latest, invocation_id=timer, at_ms=look.ended_at_ms)
    else:
        yield unknown(message, subject=min(lost), at_ms=look.ended_at_ms)


def _older_timer(evidence: Books, key: str, latest: str) -> str | None:
    """The invocation that cleared the session and was sent as another seat than the latest was put in."""
    used = {each.id for each in evidence.invocations.values() if each.handler == "add_to_cart" and each.key == key}
    inputs = (each for each in evidence.record.journal() if each.type == "Input" and each.invocation_id in used)
    older = {each.invocation_id for each in inputs if _seat(each.value) not in ("", latest)}
    cleared = evidence.cleared_by("UserSession", key)
    return next((id_ for id_ in cleared if evidence.invocations[id_].invoked_by_id in older), None)


def _seat(body: JsonValue) -> str:
    return f"{body.get('event_id')}:{body.get('seat_id')}" if isinstance(body, dict) else ""
