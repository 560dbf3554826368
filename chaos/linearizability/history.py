"""Histories as files have them, checked as they are read, and sorted by key.

The lines stand in the order in which things happened; no clock is asked. An operation is pending from its `invoke` to
its `ok`, `fail` or `info`. `ok`: it took place at one moment between the two. `fail`: it did not take place; of a `cas`
it is an observation, that the value was not `old` at some moment between. `info`, and no answer at all: it may take
place at any time after its invocation, or never. What can only look is dropped then, since it tells nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from chaos.errors import BadInput
from chaos.linearizability.kinds import NULL, Kind, State
from chaos.linearizability.lines import Event, Lines, bad_line
from chaos.linearizability.model import Model

PAIRS = "for each process an invoke, then one ok, fail or info with the same f and key"
NOTHING: tuple[int, Event | None] = (0, None)


class History:
    """The operations on one key.

    The first four lists run side by side, an entry for each operation that was answered, in the order of the answers;
    `later` are those that may take place at any time from their invocation on, or never, by kind.
    """

    __slots__ = ("calls", "key", "kinds", "later", "processes", "returns")

    def __init__(self, key: State) -> None:
        self.key = key
        self.calls: list[int] = []  # the line of the invocation
        self.returns: list[int] = []  # the line of the answer
        self.kinds: list[Kind] = []
        self.processes: list[int] = []
        self.later: dict[Kind, list[tuple[int, int]]] = {}  # (line of the invocation, process), in the order of lines


class Histories(NamedTuple):
    """All of one file: a history for each key, and how many operations were invoked."""

    keys: list[History]
    operations: int


def read(path: Path, model: Model, lines: Lines | None = None) -> Histories:
    """The histories of a file. Raises BadInput, which names the line.

    `lines` are of the same model, and may have read other files before.
    """
    try:
        with path.open("rb") as file:
            return parse(file, model, str(path), lines or Lines(model))
    except OSError as error:
        raise BadInput(f"cannot be read: {error}", where=str(path), next_step="name a file of JSON lines") from error


def parse(file: Iterable[bytes], model: Model, where: str, lines: Lines) -> Histories:
    """The histories that the lines of `where` hold. Raises BadInput, which names the line."""
    known, reading = lines.known, _Reading(model, where)
    for number, line in enumerate(file, 1):
        event = known.get(line)
        if event is None:
            if line.isspace():
                continue
            event = lines.event(line, f"{where} line {number}")
        if event.type == "invoke":
            reading.invoke(number, event)
        else:
            reading.answer(number, event)
    return reading.done()


class _Reading:
    """Pairs invocations with answers."""

    def __init__(self, model: Model, where: str) -> None:
        self._model = model
        self._where = where
        self._pending: dict[int, tuple[int, Event]] = {}  # by process: the line, and what it said
        self._histories: dict[State, History] = {}
        self._kinds: dict[tuple[str, str, State, State], Kind | None] = {}
        self._operations = 0

    def invoke(self, number: int, event: Event) -> None:
        before = self._pending.get(event.process)
        if before is not None:
            raise self._unpaired(
                number, f"process {event.process} invokes again, and line {before[0]} has no answer yet"
            )
        self._pending[event.process] = number, event
        self._operations += 1

    def answer(self, number: int, event: Event) -> None:
        process, type_, f, key, value = event
        invoked, call = self._pending.pop(process, NOTHING)
        if call is None:
            raise self._unpaired(number, f"{type_!r} of process {process}, which has nothing under way")
        if f != call.f or key != call.key:
            raise self._unpaired(number, f"process {process} has invoked another f or key, in line {invoked}")
        kind = self._kind(type_, f, call.value, value)
        if kind is None:
            return
        if kind.f in self._model.changes and value not in (NULL, kind.argument):
            raise self._unpaired(number, f"the ok has another value than its invocation in line {invoked}")
        history = self._of(key)
        if type_ == "info":
            history.later.setdefault(kind, []).append((invoked, process))
            return
        history.calls.append(invoked)
        history.returns.append(number)
        history.kinds.append(kind)
        history.processes.append(process)

    def done(self) -> Histories:
        """All that was read; what has no answer counts as `info`."""
        for invoked, call in self._pending.values():
            kind = self._kind("info", call.f, call.value, NULL)
            if kind is not None:
                self._of(call.key).later.setdefault(kind, []).append((invoked, call.process))
        for history in self._histories.values():
            for invocations in history.later.values():
                invocations.sort()
        return Histories(list(self._histories.values()), self._operations)

    def _of(self, key: State) -> History:
        history = self._histories.get(key)
        if history is None:
            history = self._histories[key] = History(key)
        return history

    def _kind(self, type_: str, f: str, argument: State, result: State) -> Kind | None:
        """What an operation did, saw, or may still do; None when it tells nothing."""
        what = (type_, f, argument, result)
        if what not in self._kinds:
            self._kinds[what] = self._new_kind(*what)
        return self._kinds[what]

    def _new_kind(self, type_: str, f: str, argument: State, result: State) -> Kind | None:
        looks, failed = f in self._model.looks, type_ == "fail"
        if failed and not self._model.observes_failure(f):
            return None
        kind = self._model.kind(f, argument, result if looks else NULL, failed=failed)
        return None if type_ == "info" and kind.looks else kind

    def _unpaired(self, number: int, what: str) -> BadInput:
        return bad_line(f"{self._where} line {number}", what, allowed=PAIRS)
