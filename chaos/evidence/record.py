"""A Record: the folder that holds everything a checker may look at. Written once, judged as often as one likes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, overload

from pydantic import Field, JsonValue, SerializeAsAny, ValidationError

from chaos.errors import BadInput
from chaos.evidence.faultlog import FaultEvent
from chaos.evidence.history import HistoryEvent, Operation, operations
from chaos.evidence.journal import Invocation, JournalEntry, StateRow
from chaos.evidence.journal_events import JournalEvent
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.older import upgraded_meta, upgraded_row
from chaos.model import Frozen
from chaos.plan.expect import Expect
from chaos.plan.spec import Modes, Settings

RECORD_VERSION = 2
SourceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]  # also the name of its file
SOURCES: dict[SourceName, type[Frozen]] = {  # beside them, a ledger for each third party, under its name
    "history": HistoryEvent,
    "faults": FaultEvent,
    "invocations": Invocation,
    "journal": JournalEntry,
    "journal_events": JournalEvent,
    "state": StateRow,
}


class Sample(Frozen):
    """One look at an invocation while the run lasted: what sys_invocation said of it then."""

    at_ms: int
    invocation_id: str
    service: str
    key: str | None = None
    handler: str
    status: str
    retry_count: int | None = None
    last_failure: str | None = None


class NodeSample(Frozen):
    """What a node of Restate's said of another, or of itself, from `at_ms` on; only what was new is noted."""

    at_ms: int
    by: str
    node: str
    state: Literal["alive", "dead", "suspect"]
    generation: int | None = None  # one more each time it is started
    leads: tuple[int, ...] = ()  # partitions


SOURCES["samples"] = Sample
SOURCES["nodes"] = NodeSample
Row = TypeVar("Row", bound=Frozen)
LedgerRowOf = TypeVar("LedgerRowOf", bound=LedgerRow)


class Source(Frozen):
    """How much of one kind of evidence the record holds."""

    state: Literal["complete", "partial", "missing"]
    rows: int = 0
    reason: str = ""  # why it is not complete


class Meta(Frozen):
    """record.json: written last, so that a record without it is one whose run did not finish."""

    version: int = RECORD_VERSION
    system: str  # "module:NAME" of what the app is described by
    plan: str
    seed: int
    scope: str  # every key that the run chose begins with it, but for those of its cases
    story: str = ""
    app: str
    backend: str
    modes: Modes = Modes()
    versions: dict[str, str]
    started_at_ms: int
    load_ended_at_ms: int | None = None
    healed_at_ms: int | None = None
    converged_at_ms: int | None = None  # null: it did not converge within the bound
    ended_at_ms: int
    pending: tuple[str, ...] = ()  # what was still open when a deadline passed
    deadline_passed: bool = False
    left_broken: tuple[str, ...] = ()  # what did not run, or was still obstructed, when all was over
    settings: SerializeAsAny[Settings]
    expect: Expect
    cases: tuple[str, ...]  # ids, as the system names cases
    views: dict[str, JsonValue] = {}  # final reads through the ingress: target → answer ("Greeter/x/get")
    sources: dict[SourceName, Source]
    replay: str


@dataclass(frozen=True)
class InvocationNode:
    """An invocation and those it caused: a call tree."""

    invocation: Invocation
    entries: tuple[JournalEntry, ...]
    children: tuple[InvocationNode, ...]

    def walk(self) -> Iterator[InvocationNode]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Record:
    """Read access to a record folder. Journals are read from disk on demand, all else is held in memory."""

    def __init__(self, folder: Path, meta: Meta) -> None:
        self.folder = folder
        self.meta = meta
        self._ledgers: dict[tuple[SourceName, type[LedgerRow]], list[LedgerRow]] = {}  # those that were asked for

    @classmethod
    def open(cls, folder: Path) -> Record:
        """Opens a record. Raises BadInput when it is not one, is cut short, or has another version."""
        path = folder / "record.json"
        if not path.is_file():
            raise BadInput(
                "no record.json: not a record, or its run did not finish",
                where=str(folder),
                allowed="a folder written by a finished run",
                next_step="give the folder of one scenario below reports/latest/records, or run it again",
            )
        try:
            raw = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise _damaged(path, f"not JSON ({error})") from error
        version = raw.get("version") if isinstance(raw, dict) else None
        if version not in (1, RECORD_VERSION):
            raise BadInput(
                f"record version {version!r}",
                where=str(path),
                allowed=f"version 1 or {RECORD_VERSION}",
                next_step="judge it with the release that wrote it",
            )
        try:
            meta = Meta.model_validate(upgraded_meta(raw) if version == 1 else raw)
        except ValidationError as error:
            raise _damaged(path, first_error(error)) from error
        for needed in ("plan.json", "decisions.json"):
            if not (folder / needed).is_file():
                raise _damaged(folder / needed, "it is not there")
        record = cls(folder, meta)
        record._verify()
        return record

    def source(self, name: SourceName) -> Source:
        """How complete one kind of evidence is; a file that has gone since counts as missing."""
        said = self.meta.sources.get(name, Source(state="missing", reason="not recorded"))
        if said.state != "missing" and not self._path(name).is_file():
            return Source(state="missing", reason=f"{self._path(name).name} is not in the record")
        return said

    @cached_property
    def decisions(self) -> dict[str, Any]:
        """What the seed decided; raw, so that a record with faults this installation lacks can still be judged."""
        path = self.folder / "decisions.json"
        try:
            document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise _damaged(path, f"cannot be read: {error}") from error
        return document

    @cached_property
    def history(self) -> list[HistoryEvent]:
        return list(self._rows("history", HistoryEvent))

    @cached_property
    def operations(self) -> list[Operation]:
        started = {event.operation for event in self.history if event.type == "invoke"}
        for event in self.history:
            if event.operation not in started:
                raise _damaged(self._path("history"), f"operation {event.operation} ends and never began")
        return operations(self.history)

    @cached_property
    def faults(self) -> list[FaultEvent]:
        return list(self._rows("faults", FaultEvent))

    @property
    def ledgers(self) -> list[SourceName]:
        """The third parties whose ledgers record.json names."""
        return [name for name in self.meta.sources if name not in SOURCES]

    @overload
    def ledger(self, name: SourceName) -> list[LedgerRow]: ...

    @overload
    def ledger(self, name: SourceName, model: type[LedgerRowOf]) -> list[LedgerRowOf]: ...

    def ledger(self, name: SourceName, model: type[Any] = LedgerRow) -> list[Any]:
        """The ledger of the third party of that name, in rows of its own form; empty when it is missing."""
        if (name, model) not in self._ledgers:
            upgrade = upgraded_row if self.meta.version == 1 else None
            self._ledgers[name, model] = list(self._rows(name, model, upgrade))
        return self._ledgers[name, model]

    @cached_property
    def invocations(self) -> list[Invocation]:
        return list(self._rows("invocations", Invocation))

    @cached_property
    def journal_events(self) -> list[JournalEvent]:
        return list(self._rows("journal_events", JournalEvent))

    @cached_property
    def state(self) -> list[StateRow]:
        return list(self._rows("state", StateRow))

    @cached_property
    def samples(self) -> list[Sample]:
        return list(self._rows("samples", Sample))

    @cached_property
    def nodes(self) -> list[NodeSample]:
        return list(self._rows("nodes", NodeSample))

    def journal(self) -> Iterator[JournalEntry]:
        """Every journal entry, one at a time, grouped by invocation and in index order."""
        return self._rows("journal", JournalEntry)

    def entries(self, invocation_id: str) -> list[JournalEntry]:
        """The journal of one invocation, read at its place in the file."""
        place = self._journal_places.get(invocation_id)
        if place is None:
            return []
        offset, count = place
        with self._path("journal").open("rb") as file:
            file.seek(offset)
            return [JournalEntry.model_validate_json(file.readline()) for _ in range(count)]

    def tree(self, service: str, key: str, handler: str) -> InvocationNode | None:
        """The call tree below the first invocation of a handler with that key. None if there was none."""
        target = (service, key, handler)
        root = next((each for each in self.invocations if (each.service, each.key, each.handler) == target), None)
        return self._node(root) if root else None

    def _node(self, invocation: Invocation) -> InvocationNode:
        children = tuple(self._node(child) for child in self._children.get(invocation.id, []))
        return InvocationNode(invocation, tuple(self.entries(invocation.id)), children)

    @cached_property
    def _children(self) -> dict[str, list[Invocation]]:
        children: dict[str, list[Invocation]] = {}
        for invocation in sorted(self.invocations, key=lambda i: (i.created_at_ms, i.id)):
            if invocation.invoked_by_id:
                children.setdefault(invocation.invoked_by_id, []).append(invocation)
        return children

    @cached_property
    def _journal_places(self) -> dict[str, tuple[int, int]]:
        """Invocation id → byte offset of its first entry, number of entries."""
        places: dict[str, tuple[int, int]] = {}
        path = self._path("journal")
        if not path.is_file():
            return places
        with path.open("rb") as file:
            offset = 0
            for line in file:
                id_ = json.loads(line)["invocation_id"]
                first, count = places.get(id_, (offset, 0))
                places[id_] = (first, count + 1)
                offset += len(line)
        return places

    def _path(self, name: SourceName) -> Path:
        return self.folder / f"{name}.jsonl"

    def _rows(
        self, name: SourceName, model: type[Row], upgrade: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    ) -> Iterator[Row]:
        path = self._path(name)
        if self.source(name).state == "missing":
            return
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield (
                        model.model_validate(upgrade(json.loads(line))) if upgrade else model.model_validate_json(line)
                    )
                except ValidationError as error:
                    raise _damaged(path, f"line {number}: {first_error(error)}") from error

    def _verify(self) -> None:
        """Every file must have as many whole lines as record.json says: cut short is an error, not evidence."""
        for name in (*SOURCES, *self.ledgers):
            source = self.source(name)
            if source.state == "missing":
                continue
            with self._path(name).open("rb") as file:
                lines = file.read().count(b"\n") if source.rows < 1_000_000 else sum(1 for _ in file)
            if lines != source.rows:
                raise _damaged(self._path(name), f"{lines} whole lines, record.json says {source.rows}: cut short?")


def _damaged(path: Path, what: str) -> BadInput:
    return BadInput(
        what, where=str(path), allowed="a record as a run wrote it", next_step="copy it again, or run again"
    )


def first_error(error: ValidationError) -> str:
    """The first complaint of a pydantic error as `field: why`, without the value."""
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else str(first["msg"])
