"""The schedule: in which order a plan's steps can come, which of them must not overlap, and cycles expanded.

A fault may claim what it needs for itself: ("process", "endpoint-0"), or ("link", "ingress", "latency", "upstream").
A claim covers everything that begins with it, so ("link", "ingress") conflicts with everything on that link. Two steps
with conflicting claims must be ordered by `after`, because times and operation counts guarantee no order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from chaos.errors import BadInput
from chaos.plan.moments import AtTime, JournalState, LoadEnded
from chaos.plan.step import Claim, Step


def check_sequence(steps: Sequence[Step], endpoints: int) -> None:
    """Raises ValueError, naming the steps, for a schedule that cannot be carried out on that many endpoints."""
    by_id = {step.id: step for step in steps}
    for name, times in Counter(name for step in steps for name in _names(step)).items():
        if times > 1:
            raise ValueError(f"steps: id {name!r} is used twice; every step, and every cycle of one, needs its own")
    for step in by_id.values():
        _check_references(step, by_id)
        _predecessors(step, by_id)
    for first, second in combinations(by_id.values(), 2):
        shared = _shared(first.fault.claims(endpoints), second.fault.claims(endpoints))
        ordered = first.id in _predecessors(second, by_id) or second.id in _predecessors(first, by_id)
        if shared and not ordered:
            raise ValueError(
                f"steps: {first.id} ({first.fault.fault}) and {second.id} ({second.fault.fault}) both need "
                f"{' '.join(shared)} for themselves; let one come after the other (after: {first.id})"
            )


def check_operations(steps: Iterable[Step], operations: int) -> None:
    """Raises BadInput when a step waits for an operation that a load of that many operations does not have."""
    for step in steps:
        for trigger in (step.when, step.until):
            if isinstance(trigger, JournalState) and trigger.operation is not None and trigger.operation >= operations:
                raise BadInput(
                    f"the load has no operation {trigger.operation}",
                    where=f"step {step.id}",
                    allowed=f"0 to {operations - 1}",
                )


def _check_references(step: Step, by_id: Mapping[str, Step]) -> None:
    others = ", ".join(sorted(by_id.keys() - {step.id})) or "no other step"
    if step.cycles > 1 and isinstance(step.until, LoadEnded):
        raise ValueError(f"steps: {step.id} has {step.cycles} cycles; its `until` must end each before the load ends")
    if step.after is not None and step.after not in by_id:
        raise ValueError(f"steps: {step.id} comes after step {step.after!r}; allowed: {others}")
    if step.after is not None and isinstance(by_id[step.after].until, LoadEnded):
        raise ValueError(
            f"steps: {step.id} comes after {step.after}, which lasts until the load ends; give {step.after} an `until`"
        )
    for trigger in (step.when, step.until):
        named = getattr(trigger, "step", None)
        if named is None:
            continue
        if named not in by_id:
            raise ValueError(f"steps: {step.id} waits for step {named!r}; allowed: {others}")
        if by_id[named].cycles > 1:
            raise ValueError(f"steps: {step.id} waits for {named}, which has {by_id[named].cycles} cycles; use `after`")


def _predecessors(step: Step, by_id: Mapping[str, Step]) -> set[str]:
    """The steps that are over before this one begins. Raises ValueError if it would have to wait for itself."""
    found: set[str] = set()
    while step.after is not None:
        if step.after in found:
            raise ValueError(f"steps: {step.after} would have to come after itself")
        found.add(step.after)
        step = by_id[step.after]
    return found


def _shared(first: Iterable[Claim], second: Iterable[Claim]) -> Claim | None:
    """What both claim: the narrower of two overlapping claims."""
    for one in sorted(first):
        for other in sorted(second):
            shorter, longer = sorted((one, other), key=len)
            if longer[: len(shorter)] == shorter:
                return longer
    return None


def expand(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Every step once: one with cycles becomes `<id>_1`, `<id>_2` …, each after the one before."""
    steps = tuple(steps)
    last = {step.id: _names(step)[-1] for step in steps}
    return tuple(cycle for step in steps for cycle in _cycles(step, last.get(step.after or "")))


def _names(step: Step) -> list[str]:
    return [step.id] if step.cycles == 1 else [f"{step.id}_{number}" for number in range(1, step.cycles + 1)]


def _cycles(step: Step, after: str | None) -> Iterator[Step]:
    when = step.when
    for name in _names(step):
        yield step.model_copy(update={"id": name, "after": after, "when": when, "cycles": 1})
        after, when = name, AtTime(at_s=step.quiet_s)
