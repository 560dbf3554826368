"""exclusive_per_key: of the handlers that write an object's state one runs at a time, each on what the last one left.

A case is an object that at least two invocations wrote, all of whose invocations are in the record.

There is a chain when each value that a writer found was left by another, once for each that found it; only the first of
them all found what was there before. No clock is asked.
INVALID: more writers began from one value of a state key than were handed it: two ran at once, or a write was lost.
UNKNOWN: invocations or journal incomplete; two or more writers found what nobody left (a writer is not in the record).
Silent: objects of which some invocation goes on, kept no journal or was restarted from another, or is known from a
caller or a client and not to Restate; runs that did not converge; whoever only reads, which may be a shared handler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.invocations import Invocations, invocations_of, target_of
from chaos.checkers.object_states import Fingerprint
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
NEW = frozenset({"ingress", "service", "subscription"})  # what began an invocation that is no copy of another


def expected(record: Record) -> bool:
    """Whether some object was written twice, and everything that may have written it is known."""
    return bool(_cases(invocations_of(record)))


def check(record: Record) -> CheckResult:
    """Looks for a chain of each state key of each object."""
    evidence, known = evidence_of(record), invocations_of(record)
    cases = _cases(known)
    return conclude(
        evidence,
        "exclusive_per_key",
        needs=NEEDS,
        cases=len(cases),
        summary=f"{len(cases)} objects with {sum(map(len, cases.values()))} writes",
        findings=[finding for writers in cases.values() for finding in _judge(known, writers)]
        if evidence.has(*NEEDS)
        else [],
    )


def _cases(known: Invocations) -> dict[tuple[str, str], list[Invocation]]:
    """The writers of each object that can be judged."""
    if known.record.meta.converged_at_ms is None:
        return {}
    objects: dict[tuple[str, str], list[Invocation]] = {}
    for each in known.by_id.values():
        if each.key is not None:
            objects.setdefault((each.service, each.key), []).append(each)
    cases = {}
    for name, invocations in objects.items():
        writers = [each for each in invocations if known.touches[each.id].is_write] if name not in known.unseen else []
        if len(writers) > 1 and all(_is_whole(known, each) for each in invocations):
            cases[name] = writers
    return cases


def _is_whole(known: Invocations, invocation: Invocation) -> bool:
    """Whether all that it did is known: it has ended and its journal was kept, or it has not begun."""
    entries = known.entries[invocation.id]  # the input is there before it begins
    return invocation.invoked_by in NEW and (entries > 0 if invocation.status == "completed" else entries <= 1)


def _judge(known: Invocations, writers: list[Invocation]) -> Iterator[Finding]:
    touched = [(each, known.touches[each.id]) for each in writers]
    for key in sorted({key for _, touches in touched for key in touches.left}):
        began: dict[Fingerprint, list[Invocation]] = {}
        handed: Counter[Fingerprint] = Counter()
        for each, touches in touched:
            found, left = touches.found.get(key), touches.wrote(key)
            if left is None or found == left:
                continue  # it changed nothing
            handed[left] += 1
            if found is not None:
                began.setdefault(found, []).append(each)
        surplus = {value: len(starts) - handed[value] for value, starts in began.items()}
        if sum(more for more in surplus.values() if more > 0) > 1:
            yield from _no_chain(key, began, surplus)


def _no_chain(
    key: str, began: dict[Fingerprint, list[Invocation]], surplus: dict[Fingerprint, int]
) -> Iterator[Finding]:
    odd = [starts for value, starts in began.items() if surplus[value] > 0]
    forks = [starts for starts in odd if len(starts) > 1]
    for starts in forks:
        names = ", ".join(f"{each.handler} {each.id}" for each in starts[:5])
        yield invalid(
            f"{len(starts)} invocations of {starts[0].service}/{starts[0].key} began from the same value of {key!r}, "
            f"which was left there less often: {names}",
            invocation_id=starts[-1].id,
        )
    if not forks:
        yield unknown(
            f"{target_of(odd[-1][0])} found a value of {key!r} that no invocation in the record left",
            invocation_id=odd[-1][0].id,
        )
