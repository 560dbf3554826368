"""What checkers share from a record: its invocations, its load, and how complete each source is.

Read once per record. Nothing here judges.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

from chaos.evidence.journal import Invocation, JournalEntry
from chaos.evidence.record import Record, SourceName


class Evidence:
    """What a record says, whatever the app. A system's subclass reads more from it."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.invocations = {invocation.id: invocation for invocation in record.invocations}
        self.load = [operation for operation in record.operations if operation.number >= 0]
        self.runs = 0  # run commands in all journals
        self._entries_seen: dict[str, int] = {}
        for entry in record.journal():
            self._entries_seen[entry.invocation_id] = self._entries_seen.get(entry.invocation_id, 0) + 1
            self.runs += entry.kind == "command" and entry.type == "Run"
            self.take(entry)

    def take(self, entry: JournalEntry) -> None:
        """Sees each journal entry once, as the record is read."""

    def lacks(self, *names: SourceName) -> list[tuple[SourceName, str]]:
        """The named sources that are not complete, with the reason."""
        lacking = []
        for name in names:
            source = self.record.source(name)
            if source.state != "complete":
                lacking.append((name, f"{source.state}: {source.reason}" if source.reason else source.state))
            elif name == "journal" and self._cut_journals:
                first = self._cut_journals[0]
                seen = self._entries_seen.get(first.id, 0)
                lacking.append((name, f"cut: {first.id} has {first.journal_size} entries, {seen} are here"))
        return lacking

    def has(self, *names: SourceName) -> bool:
        """Whether all of the named sources are complete."""
        return not self.lacks(*names)

    @cached_property
    def _cut_journals(self) -> list[Invocation]:
        """Ended invocations whose journal is not all here."""
        return [
            invocation
            for invocation in self.invocations.values()
            if invocation.status == "completed"
            and (invocation.journal_size or 0) > self._entries_seen.get(invocation.id, 0)
        ]


@lru_cache(maxsize=1)
def evidence_of(record: Record) -> Evidence:
    """The evidence of a record, cached while checkers look at the same record."""
    return Evidence(record)
