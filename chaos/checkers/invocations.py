"""What a record says about invocations, whatever the app: who asked for each, how it ended, what it sent."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cached_property, lru_cache

from chaos.checkers.object_states import Touches
from chaos.evidence.journal import Invocation, JournalEntry
from chaos.evidence.record import Record, SourceName

NO_HANDLERS = frozenset({"refused_by_ingress", "never_ran"})  # the clients' own codes: they come from no handler
JOURNAL_MISMATCH = 570  # Restate's code when an app takes a different path than its journal
READ_ONLY = frozenset(
    {"Input", "Output", "GetEagerState", "GetLazyState", "GetEagerStateKeys", "GetLazyStateKeys", "PeekPromise"}
)
_FAILURE = re.compile(r"^\[(\d+)[^\]]*\] ?(.*)$", re.DOTALL)


class Invocations:
    """Every invocation of a record, with what its journal shows of it. Nothing here judges."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.by_id = {each.id: each for each in record.invocations}
        self.outputs: dict[str, JournalEntry] = {}
        self.sends: list[JournalEntry] = []  # one-way calls
        self.signalled: set[str] = set()  # those that another invocation sent a signal, such as a cancellation
        self.callees: dict[str, str] = {}  # id → target of everything that was called or sent to
        self.entries: Counter[str] = Counter()
        self.touches: defaultdict[str, Touches] = defaultdict(Touches)
        self._acted: set[str] = set()  # those that did more than read
        for entry in record.journal():
            self._take(entry)

    def _take(self, entry: JournalEntry) -> None:
        self.entries[entry.invocation_id] += 1
        if "State" in entry.type:
            self.touches[entry.invocation_id].take(entry)
        if entry.kind != "command":
            return
        if entry.target and entry.invoked_id:
            self.callees[entry.invoked_id] = entry.target
        if entry.type not in READ_ONLY:
            self._acted.add(entry.invocation_id)
        if entry.type == "Output":
            self.outputs[entry.invocation_id] = entry
        elif entry.type == "OneWayCall":
            self.sends.append(entry)
        elif entry.type == "SendSignal" and entry.invoked_id:
            self.signalled.add(entry.invoked_id)

    # --- how each ended ------------------------------------------------------------------------------------------

    def was_killed(self, invocation: Invocation) -> bool:
        """Ended from outside: Restate's own word for the failure, and no output that says the same.

        A handler may fail with the same word, but then its journal has the output.
        """
        return (
            invocation.result == "failure"
            and failure_of(invocation) == (409, "killed")
            and invocation.id not in self.outputs
        )

    def is_planned(self, invocation: Invocation) -> bool:
        """Whether a fault of the run names the invocation: what happened to it was planned."""
        return any(invocation.id in f"{event.target} {event.detail or ''}" for event in self.record.faults)

    def is_look(self, invocation: Invocation) -> bool:
        """Whether it is one of the final reads, or was called by one, and has done no more than read."""
        root, seen = invocation, {invocation.id}
        while (caller := self.by_id.get(root.invoked_by_id or "")) and caller.id not in seen:
            seen.add(caller.id)
            root = caller
        return target_of(root) in self.record.meta.views and invocation.id not in self._acted

    def why(self, invocation: Invocation) -> str:
        """The last known failure: Restate's word, else its last journal event."""
        if invocation.last_failure:
            return invocation.last_failure
        told = self._last_messages.get(invocation.id)
        return told or "no failure is given"

    @cached_property
    def _last_messages(self) -> dict[str, str]:
        return {
            event.invocation_id: f"[{event.code}] {event.message or event.type}"
            for event in self.record.journal_events
            if event.code is not None
        }

    # --- who asked for it ----------------------------------------------------------------------------------------

    @cached_property
    def asked(self) -> dict[int, Invocation]:
        """Operation number → the invocation that it started, where that is unambiguous.

        Clients send their scope and the operation's number as the idempotency key. Workflows take none: there
        must be one operation and one invocation of that target, and it must have come from outside.
        """
        times = Counter(operation.target for operation in self.record.operations)
        invoked = Counter(target_of(each) for each in self.by_id.values())
        by_key = {(target_of(each), each.idempotency_key): each for each in self.by_id.values()}
        found = {}
        for operation in self.record.operations:
            mine = by_key.get((operation.target, f"{self.record.meta.scope}-{operation.number}"))
            if mine is None and times[operation.target] == invoked[operation.target] == 1:
                only = by_key.get((operation.target, None))
                mine = only if only and only.invoked_by == "ingress" else None
            if mine is not None:
                found[operation.number] = mine
        return found

    @cached_property
    def unseen(self) -> set[tuple[str, str]]:
        """Objects, by service and key, that were invoked more often than Restate shows."""
        lost = [target for id_, target in self.callees.items() if id_ not in self.by_id]
        seen = Counter(target_of(each) for each in self.by_id.values() if each.invoked_by == "ingress")
        answered = [
            each for each in self.record.operations if each.conclusion != "info" and each.code not in NO_HANDLERS
        ]
        asked = Counter(operation.target for operation in answered)
        lost += [target for target, times in asked.items() if times > seen[target]]
        return {(parts[0], parts[1].rpartition("/")[0]) for parts in (target.split("/", 1) for target in lost)}


@lru_cache(maxsize=1)
def invocations_of(record: Record) -> Invocations:
    """The invocations of a record, cached while checkers look at the same record."""
    return Invocations(record)


def target_of(invocation: Invocation) -> str:
    """The target, as histories and journals write it: "Service/key/handler", or "Service/handler"."""
    parts = (invocation.service, invocation.key, invocation.handler)
    return "/".join(part for part in parts if part is not None)


def failure_of(invocation: Invocation) -> tuple[int | None, str]:
    """Code and message of the failure that it ended with."""
    match = _FAILURE.match(invocation.failure or "")
    return (int(match.group(1)), match.group(2)) if match else (None, invocation.failure or "")


def is_mismatch(failure: str | None) -> bool:
    """Whether a failure, in Restate's words, is a journal mismatch: "[570 Journal mismatch] …"."""
    return (failure or "").startswith(f"[{JOURNAL_MISMATCH}")


def has_rows(record: Record, name: SourceName) -> bool:
    """Whether a source has rows, or may have had some: a source that is not complete may have held more."""
    source = record.source(name)
    return source.state != "complete" or source.rows > 0
