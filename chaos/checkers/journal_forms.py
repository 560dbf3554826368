"""What no journal of Restate's looks like: answers before questions, two outputs, an end that the output denies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chaos.checkers.invocations import failure_of, target_of
from chaos.evidence.journal import Invocation, JournalEntry
from chaos.evidence.record import Record

ANSWERED = frozenset({"Run", "Call"})  # commands whose one notification carries the same type


def in_journals(record: Record) -> Iterator[str]:
    """What is wrong with the journal of some invocation, or with whom it called."""
    invocations = {each.id: each for each in record.invocations}
    journal: list[JournalEntry] = []
    for entry in record.journal():
        if journal and entry.invocation_id != journal[0].invocation_id:
            yield from _in_one(journal, invocations.get(journal[0].invocation_id))
            journal = []
        journal.append(entry)
        if entry.kind == "command" and entry.target and entry.invoked_id:
            callee = invocations.get(entry.invoked_id)
            if callee and target_of(callee) != entry.target:
                yield f"{entry.invocation_id} called {entry.target}, and {callee.id} is of {target_of(callee)}"
    if journal:
        yield from _in_one(journal, invocations.get(journal[0].invocation_id))


def _in_one(journal: list[JournalEntry], invocation: Invocation | None) -> Iterator[str]:
    about = journal[0].invocation_id
    for type_ in ("Input", "Output"):
        times = sum((entry.kind, entry.type) == ("command", type_) for entry in journal)
        if times > 1:
            yield f"{about}: {times} entries of {type_}"
    yield from (f"{about}: {what}" for what in _answers(journal))
    output = next((entry for entry in journal if (entry.kind, entry.type) == ("command", "Output")), None)
    if output and any(entry.kind == "command" and entry.index > output.index for entry in journal):
        yield f"{about}: it went on after its output"
    if invocation and invocation.status == "completed" and invocation.journal_size == len(journal):
        yield from (f"{about}: {what}" for what in _ended(invocation, output))


def _answers(journal: Iterable[JournalEntry]) -> Iterator[str]:
    """Each answer comes once, after its command."""
    asked: set[tuple[str, int | None]] = set()
    answered: set[tuple[str, int | None]] = set()
    for entry in journal:
        name = entry.type, entry.completion_id
        if entry.type not in ANSWERED:
            continue
        if entry.kind == "command":
            asked.add(name)
        elif entry.kind == "notification":
            if name not in asked:
                yield f"entry {entry.index} answers a {entry.type} that was not asked before"
            if name in answered:
                yield f"entry {entry.index} answers a {entry.type} that had its answer"
            answered.add(name)


def _ended(invocation: Invocation, output: JournalEntry | None) -> Iterator[str]:
    """How it ended and its output say the same."""
    if invocation.result == "success":
        if output is None:
            yield "it ended well, without an output"
        elif output.failure:
            yield "it ended well, and its output is a failure"
    elif invocation.result == "failure" and output is not None:
        said = (output.failure.code, output.failure.message) if output.failure else None
        if said != failure_of(invocation):
            yield "it failed with another failure than its output"
