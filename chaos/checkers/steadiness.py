"""How a run was before, during and after its faults, and how long after the last heal it was back to normal.

Operations are timed from when they were due, and p95 covers good answers only: a fast refusal to serve
does not make a system look fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil, inf
from typing import Annotated

from pydantic import Field

from chaos.checkers.evidence import Evidence
from chaos.checkers.windows import fault_stories
from chaos.evidence.history import Operation
from chaos.evidence.journal import Invocation
from chaos.model import Frozen
from chaos.system.system import System, system_of

NEVER_BEGAN = "refused_by_ingress"  # a healthy system does not answer this either
Share = Annotated[float, Field(ge=0, le=1)]


class Steady(Frozen):
    """What is normal, how far a run may depart from it during faults, and how soon it must be back: the recovery SLO.

    A good answer tells its client at once what became of the operation: ok, or a refusal such as `overdrawn`, but not
    one that says that something is not working, such as `not_cleared`. Times count from when an operation was due. The
    run is steady again once a good answer has come, a window of operations due after the last heal has met `good` and
    `p95_factor`, and no more invocations are open than before. Missing a bound is UNKNOWN, because times alone prove
    nothing against the services; so state only bounds that a run must meet even on a busy machine.
    """

    good: Share = 0.95  # at least this share of answers, before the first fault and in the window that is steady again
    p95_ms: float | None = Field(default=None, gt=0)  # at most, before
    p95_factor: float = Field(default=3, ge=1, le=1_000)  # in that window, at most this many times the p95 before
    worst_good: Share = 0  # at least this share while something is broken
    worst_p95_ms: float | None = Field(default=None, gt=0)  # at most, while something is broken
    stalls_ms: float = Field(default=0, ge=0)  # some answer then takes at least this long: a stall that must show
    recovers_within_s: float = Field(gt=0, le=3_600)  # from the last heal until it is steady again
    enough: int = Field(default=20, ge=1)  # this many operations must end before the first fault
    window: int = Field(default=10, ge=1)  # this many operations, in the order in which they were due


class Phase(Frozen):
    """A group of operations: how many, the share with good answers, and how long those took; null: there were none."""

    operations: int
    good: float | None
    p95_ms: int | None
    longest_ms: int | None


class Steadiness(Frozen):
    """Before the first fault, from then until the last heal, and after it.

    Recovery times count from the last heal; null: it never happened. `recovered_ms` is the latest of the three.
    """

    healed_at_ms: int  # the last heal
    before: Phase  # operations that ended before anything was broken
    during: Phase  # operations due while something was broken
    after: Phase  # operations due since the last heal
    first_good_ms: int | None  # a good answer came
    p95_back_ms: int | None  # the operation was due with which the first steady window begins
    drained_ms: int | None  # no more invocations were open than the most that were open before
    recovered_ms: int | None
    allowed_ms: int
    open_before: int  # the most invocations open at once


def steadiness(evidence: Evidence, steady: Steady) -> Steadiness | None:
    """What the record shows; None if nothing was injected, or not everything was healed."""
    stories = [story for story in fault_stories(evidence.record) if story.injected_at_ms is not None]
    healed = [story.healed_at_ms for story in stories if story.healed_at_ms is not None]
    if not stories or len(healed) < len(stories):
        return None
    broke_at_ms = min(event.at_ms for story in stories for event in story.events)
    healed_at_ms = max(healed)
    system = system_of(evidence.record)
    load = sorted(evidence.load, key=lambda operation: operation.intended_at_ms)
    before = [each for each in load if each.ended_at_ms is not None and each.ended_at_ms < broke_at_ms]
    after = [each for each in load if each.intended_at_ms >= healed_at_ms]
    seen = {each.number for each in (*before, *after)}
    during = [each for each in load if each.number not in seen]
    answers = [each.ended_at_ms for each in load if each.ended_at_ms is not None and _good(each, system)]
    first_good_at_ms = min((at_ms for at_ms in answers if at_ms >= healed_at_ms), default=None)
    open_before, drained_at_ms = _drained(evidence.invocations.values(), system, broke_at_ms, healed_at_ms)
    back = [first_good_at_ms, _steady_from(after, _phase(before, system), steady, system), drained_at_ms]
    first_good_ms, p95_back_ms, drained_ms = times = [None if at_ms is None else at_ms - healed_at_ms for at_ms in back]
    return Steadiness(
        healed_at_ms=healed_at_ms,
        before=_phase(before, system),
        during=_phase(during, system),
        after=_phase(after, system),
        first_good_ms=first_good_ms,
        p95_back_ms=p95_back_ms,
        drained_ms=drained_ms,
        recovered_ms=None if None in times else max(time for time in times if time is not None),
        allowed_ms=round(steady.recovers_within_s * 1000),
        open_before=open_before,
    )


def _good(operation: Operation, system: System) -> bool:
    """Whether a working system told the client at once what became of the operation."""
    return operation.first == "ok" or (
        operation.first == "fail" and operation.code not in system.not_working | {NEVER_BEGAN}
    )


def _phase(operations: Sequence[Operation], system: System) -> Phase:
    goods = [each for each in operations if _good(each, system)]
    answered = sorted(each.ended_at_ms - each.intended_at_ms for each in goods if each.ended_at_ms)
    return Phase(
        operations=len(operations),
        good=len(answered) / len(operations) if operations else None,
        p95_ms=answered[ceil(0.95 * len(answered)) - 1] if answered else None,
        longest_ms=answered[-1] if answered else None,
    )


def _steady_from(after: Sequence[Operation], before: Phase, steady: Steady, system: System) -> int | None:
    """When the first operation of the first steady window was due."""
    for start in range(len(after) - steady.window + 1):
        window = _phase(after[start : start + steady.window], system)
        if is_steady(window, before, steady):
            return after[start].intended_at_ms
    return None


def is_steady(window: Phase, before: Phase, steady: Steady) -> bool:
    """Whether enough answers were good, and fast enough compared with before."""
    if window.good is None or window.p95_ms is None or before.p95_ms is None:
        return False
    return window.good >= steady.good and window.p95_ms <= steady.p95_factor * before.p95_ms


def _drained(
    invocations: Iterable[Invocation], system: System, broke_at_ms: int, healed_at_ms: int
) -> tuple[int, int | None]:
    """The most invocations open at once before, and when after the heal no more than that were open."""
    changes: list[tuple[float, int]] = []
    for each in invocations:
        if (
            each.invoked_by == "ingress" or (each.service, each.handler) in system.steps
        ):  # not timers: they are meant to wait
            ended_at_ms = inf if each.completed_at_ms is None else each.completed_at_ms
            changes += [(each.created_at_ms, 1), (ended_at_ms, -1)]
    changes.sort()
    counts = accumulate(change for _, change in changes)
    open_at = {at_ms: open_ for (at_ms, _), open_ in zip(changes, counts, strict=True)}  # the last value at each moment
    most = max((open_ for at_ms, open_ in open_at.items() if at_ms < broke_at_ms), default=0)
    now = next((open_ for at_ms, open_ in reversed(open_at.items()) if at_ms <= healed_at_ms), 0)
    if now <= most:
        return most, healed_at_ms
    later = (at_ms for at_ms, open_ in open_at.items() if healed_at_ms < at_ms < inf and open_ <= most)
    return most, next(map(int, later), None)
