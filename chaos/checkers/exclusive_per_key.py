"""exclusive_per_key: handlers that write an object's state run one at a time, each starting where the last one ended.

A case is an object that at least two invocations wrote, all of whose invocations are in the record.

There is a chain when each value that a writer found was left by another, once for each that found it; only the first of
them all found what was there before. No clock is asked.
INVALID: more writers began from one value of a state key than were handed it: two ran at once, or a write was lost;
the state at the end is none that the last of a chain can have left.
UNKNOWN: invocations, journal or state incomplete; two or more writers found what nobody left (a writer is not in the
record); the state at the end is another, and a timer of the object, or whatever drops a service's state, may be why.
Silent: objects of which some invocation goes on, kept no journal or was restarted from another, or is known from a
caller or a client and not to Restate; runs that did not converge; whoever only reads, which may be a shared handler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.invocations import Invocations, invocations_of, target_of
from chaos.checkers.object_states import NOTHING, Fingerprint, fingerprint
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")
NEW = frozenset({"ingress", "service", "subscription"})  # what began an invocation that is no copy of another


def expected(record: Record) -> bool:
    """Whether some object was written at least twice, by writers that are all known."""
    return bool(_cases(invocations_of(record)))


def check(record: Record) -> CheckResult:
    """Looks for a chain in each state key of each object."""
    evidence, known = evidence_of(record), invocations_of(record)
    cases = _cases(known)
    return conclude(
        evidence,
        "exclusive_per_key",
        needs=NEEDS,
        cases=len(cases),
        summary=f"{len(cases)} objects with {sum(map(len, cases.values()))} writes",
        findings=[*_judge(known, cases)] if evidence.has(*NEEDS) else [],
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
    """Whether everything it did is known: it has ended and its journal was kept, or it has not begun."""
    entries = known.entries[invocation.id]  # the input is in the journal before it begins
    return invocation.invoked_by in NEW and (entries > 0 if invocation.status == "completed" else entries <= 1)


def _judge(known: Invocations, cases: dict[tuple[str, str], list[Invocation]]) -> Iterator[Finding]:
    rows = known.record.state
    state = {(row.service, row.object_key, row.key): fingerprint(row.value) for row in rows}
    keeping = {row.service for row in rows}  # services whose state was there to be read
    waiting = {(each.service, each.key) for each in known.by_id.values() if each.status != "completed"}
    for name, writers in cases.items():
        certain = name not in waiting and name[0] in keeping
        for key in sorted({key for each in writers for key in known.touches[each.id].left}):
            chain = _Chain.of(known, writers, key)
            if chain.is_broken:
                yield from _no_chain(key, chain)
            elif chain.left and state.get((*name, key), NOTHING) not in chain.ends:
                message = f"{name[0]}/{name[1]}: the state {key!r} is not what the last of its writers left"
                yield invalid(message) if certain else unknown(f"{message}, unless something changed it since")


@dataclass(frozen=True)
class _Chain:
    """The writers of one state key: who began from which value, and how often each value was left."""

    began: dict[Fingerprint, list[Invocation]]
    left: Counter[Fingerprint]
    blind: bool  # somebody wrote without looking: it fits anywhere

    @classmethod
    def of(cls, known: Invocations, writers: list[Invocation], key: str) -> _Chain:
        began: dict[Fingerprint, list[Invocation]] = {}
        handed: Counter[Fingerprint] = Counter()
        blind = False
        for each in writers:
            found, left = known.touches[each.id].found.get(key), known.touches[each.id].wrote(key)
            if left is None or found == left:
                continue  # it changed nothing
            handed[left] += 1
            blind = blind or found is None
            if found is not None:
                began.setdefault(found, []).append(each)
        return cls(began, handed, blind)

    @property
    def surplus(self) -> dict[Fingerprint, int]:
        """By value, how many more began from it than it was left for."""
        return {value: len(starts) - self.left[value] for value, starts in self.began.items()}

    @property
    def is_broken(self) -> bool:
        """A chain begins in one place: only its first writer may find what none of the others left."""
        return sum(more for more in self.surplus.values() if more > 0) > 1

    @property
    def ends(self) -> set[Fingerprint]:
        """The values that can be the last: left once more than found; in a circle, and where one wrote blindly, any."""
        last = {value for value, times in self.left.items() if times > len(self.began.get(value, ()))}
        return last if last and not self.blind else {*self.left}


def _no_chain(key: str, chain: _Chain) -> Iterator[Finding]:
    odd = [starts for value, starts in chain.began.items() if chain.surplus[value] > 0]
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
