"""exclusive_per_key: of the handlers that write an object's state one runs at a time, each on what the last one left.

A case is an object that some invocation wrote, all of whose invocations are in the record.

There is a chain when each value that a writer found was left by another, once for each that found it; only the first of
them all found what was there before, which is nothing where the run made the object. No clock is asked.
INVALID: more writers began from one value of a state key than were handed it: two ran at once, or a write was lost; a
handler found a value that nobody left; the state at the end is none that the last of a chain can have left.
UNKNOWN: invocations, journal or state incomplete; two or more writers found what nobody left, in an object that may
have been there before; the state at the end is another, and a timer of the object, or whatever drops a service's state,
may be why.
Silent: objects of which some invocation goes on, kept no journal or was restarted from another, or is known from a
caller or a client and not to Restate; runs that did not converge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.invocations import Invocations, invocations_of, target_of
from chaos.checkers.object_chains import Chain
from chaos.checkers.object_states import NOTHING, Fingerprint, Touches, fingerprint
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")
NEW = frozenset({"ingress", "service", "subscription"})  # what began an invocation that is no copy of another
FORGETS = "purge"  # the fault that makes Restate forget what an object's invocations did


@dataclass(frozen=True)
class _Object:
    """One object, and what each of its invocations found and left. `new`: the run made it."""

    service: str
    key: str
    touched: list[tuple[Invocation, Touches]]
    new: bool

    @property
    def writers(self) -> list[tuple[Invocation, Touches]]:
        return [(each, touches) for each, touches in self.touched if touches.is_write]

    @property
    def name(self) -> str:
        return f"{self.service}/{self.key}"


def expected(record: Record) -> bool:
    """Whether some object was written, by writers that are all known."""
    return any(each.writers for each in _objects(invocations_of(record)))


def check(record: Record) -> CheckResult:
    """Looks for a chain in each state key of each object."""
    evidence = evidence_of(record)
    objects = list(_objects(invocations_of(record)))
    written = [each for each in objects if each.writers]
    return conclude(
        evidence,
        "exclusive_per_key",
        needs=NEEDS,
        cases=len(written),
        summary=f"{len(written)} objects with {sum(len(each.writers) for each in written)} writes",
        findings=[*_judge(record, objects)] if evidence.has(*NEEDS) else [],
    )


def _objects(known: Invocations) -> Iterator[_Object]:
    """The objects that can be judged."""
    meta = known.record.meta
    if meta.converged_at_ms is None:
        return
    objects: dict[tuple[str, str], list[Invocation]] = {}
    for each in known.by_id.values():
        if each.key is not None:
            objects.setdefault((each.service, each.key), []).append(each)
    forgotten = any(event.fault == FORGETS for event in known.record.faults)
    for (service, key), invocations in objects.items():
        if (service, key) not in known.unseen and all(_is_whole(known, each) for each in invocations):
            new = not forgotten and (key.startswith(meta.scope) or key in meta.cases)
            yield _Object(service, key, [(each, known.touches[each.id]) for each in invocations], new)


def _is_whole(known: Invocations, invocation: Invocation) -> bool:
    """Whether everything it did is known: it has ended and its journal was kept, or it has not begun."""
    entries = known.entries[invocation.id]  # the input is in the journal before it begins
    return invocation.invoked_by in NEW and (entries > 0 if invocation.status == "completed" else entries <= 1)


def _judge(record: Record, objects: list[_Object]) -> Iterator[Finding]:
    state: dict[tuple[str, str], dict[str, Fingerprint]] = {}
    for row in record.state:
        state.setdefault((row.service, row.object_key), {})[row.key] = fingerprint(row.value)
    keeping = {row.service for row in record.state}  # services whose state was there to be read
    for each in objects:
        at_end = state.get((each.service, each.key), {})
        waits = any(invocation.status != "completed" for invocation, _ in each.touched)
        certain = not waits and each.service in keeping
        keys = {key for _, touches in each.touched for key in (*touches.left, *touches.found)} | at_end.keys()
        for key in sorted(keys):
            yield from _judge_key(each, key, at_end.get(key, NOTHING), certain)


def _judge_key(one: _Object, key: str, at_end: Fingerprint, certain: bool) -> Iterator[Finding]:
    chain = Chain.of(one.writers, key, new=one.new)
    if chain.is_broken:
        yield from _no_chain(one, key, chain)
        return
    written = {value for _, touches in one.touched for name, value in touches.written if name == key} | {NOTHING}
    for each, touches in one.touched:
        found = touches.found.get(key)
        if one.new and found is not None and found not in written:
            yield invalid(f"{target_of(each)} found a value of {key!r} that nobody ever wrote", invocation_id=each.id)
    if chain.ends and at_end not in chain.ends:
        message = f"{one.name}: the state {key!r} is not what the last of its writers left"
        yield invalid(message) if certain else unknown(f"{message}, unless something changed it since")


def _no_chain(one: _Object, key: str, chain: Chain) -> Iterator[Finding]:
    for starts in chain.forks:
        names = ", ".join(f"{each.handler} {each.id}" for each in starts[:5])
        yield invalid(
            f"{len(starts)} invocations of {one.name} began from the same value of {key!r}, "
            f"which was left there less often: {names}",
            invocation_id=starts[-1].id,
        )
    if not chain.forks:
        message = f"{target_of(chain.stray)} found a value of {key!r} that no invocation in the record left"
        yield (invalid if one.new else unknown)(message, invocation_id=chain.stray.id)
