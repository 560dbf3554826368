"""A good record that is being made wrong: its rows as JSON, changed in memory and written as a record of their own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from chaos.evidence.older import upgraded_meta, upgraded_row
from chaos.evidence.record import RECORD_VERSION, SOURCES, Record
from chaos.judging import judge
from chaos.verdict import Verdict

Row = dict[str, Any]
Matches = Callable[[Row], bool]
T = TypeVar("T")
LEDGERS = ("gateway", "mailer")
DOCUMENTS = ("record", "decisions", "plan")
# Which row of an attempt has what not all of them have.
ONLY = {"status": "answer", "detail": "answer"} | dict.fromkeys(
    ("effect", "charge_id", "refund_id", "message_id", "to", "amount_cents", "currency", "fingerprint"), "effect"
)


class NotHere(Exception):
    """The record has nothing that an operator could change."""


@dataclass(frozen=True)
class Good:
    """A record of a correct system, as it lies on disk."""

    folder: Path
    files: dict[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Good:
        """A record in today's form."""
        wanted = {*(f"{name}.json" for name in DOCUMENTS), *(f"{name}.jsonl" for name in (*SOURCES, *LEDGERS))}
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name in wanted}
        meta = json.loads(files["record.json"])
        if meta["version"] == 1:
            files["record.json"] = json.dumps(upgraded_meta(meta) | {"version": RECORD_VERSION}).encode()
            for name in (f"{ledger}.jsonl" for ledger in LEDGERS):
                rows = [upgraded_row(json.loads(line)) for line in files[name].splitlines()]
                files[name] = "".join(json.dumps(row) + "\n" for row in rows).encode()
        return cls(folder, files)

    @property
    def name(self) -> str:
        return self.folder.name.removesuffix("__good")

    @property
    def sources(self) -> list[str]:
        return [name.removesuffix(".jsonl") for name in sorted(self.files) if name.endswith(".jsonl")]


class Draft:
    """A copy of a good record that one may change in place. What was never asked for stays as it is."""

    def __init__(self, good: Good, random: Random) -> None:
        self.good = good
        self.random = random
        self.says_rows: dict[str, int] = {}  # what record.json is to say of a source's rows, where that is not true
        self.extra: dict[str, str] = {}  # files that were not there: path → text
        self._rows: dict[str, list[Row]] = {}
        self._made = 0

    # --- reading ---------------------------------------------------------------------------------------------------

    def __getitem__(self, source: str) -> list[Row]:
        """The rows of a source."""
        if source not in self._rows:
            text = self.good.files.get(f"{source}.jsonl", b"")
            self._rows[source] = [json.loads(line) for line in text.splitlines()]
        return self._rows[source]

    def __setitem__(self, source: str, rows: list[Row]) -> None:
        self._rows[source] = rows

    @cached_property
    def record(self) -> Row:
        return self._document("record")

    @cached_property
    def decisions(self) -> Row:
        return self._document("decisions")

    @cached_property
    def plan(self) -> Row:
        return self._document("plan")

    def _document(self, name: str) -> Row:
        document: Row = json.loads(self.good.files[f"{name}.json"])
        return document

    @property
    def meta(self) -> Row:
        """record.json."""
        return self.record

    @property
    def event_ids(self) -> list[str]:
        """The events that were opened."""
        return [call["key"] for call in self.decisions["load"]["opening"] if call["service"] == "Event"]

    @property
    def seats(self) -> list[str]:
        """The keys of their tickets."""
        opened = [call for call in self.decisions["load"]["opening"] if call["service"] == "Event"]
        return [f"{call['key']}:{seat}" for call in opened for seat in call["input"]["seats"]]

    @property
    def views(self) -> Row:
        """The final reads."""
        views: Row = self.meta["views"]
        return views

    def pick(self, choices: Iterable[T]) -> T:
        """One of them, by the seed. Raises NotHere when there is none."""
        listed = list(choices)
        if not listed:
            raise NotHere
        return self.random.choice(listed)

    def invocations(self, service: str | None = None, handler: str | None = None, key: str | None = None) -> list[Row]:
        wanted = {"service": service, "handler": handler, "key": key}
        named = {name: value for name, value in wanted.items() if value is not None}
        return [row for row in self["invocations"] if all(row.get(name) == value for name, value in named.items())]

    def invocation(self, id_: str | None) -> Row:
        return self.pick(row for row in self["invocations"] if row["id"] == id_)

    def entries(self, invocation: Row) -> list[Row]:
        """Its journal, in order."""
        mine = [row for row in self["journal"] if row["invocation_id"] == invocation["id"]]
        return sorted(mine, key=lambda row: int(row["index"]))

    def entry(self, invocation: Row, type_: str, name: str | None = None, kind: str = "command") -> Row:
        """Its first entry of a type; a run by its name, a call by its handler. Raises NotHere."""
        return self.pick(
            [
                row
                for row in self.entries(invocation)
                if (row["kind"], row["type"]) == (kind, type_)
                and (name is None or row.get("name") == name or str(row.get("target")).endswith(f"/{name}"))
            ][:1]
        )

    def completion(self, command: Row) -> Row:
        """The notification that answers a command."""
        place = (command["invocation_id"], "notification", command["type"], command["completion_id"])
        names = ("invocation_id", "kind", "type", "completion_id")
        return self.pick(row for row in self["journal"] if tuple(row.get(name) for name in names) == place)

    def run(self, order: str) -> Row:
        """The invocation of an order's `Checkout.run`."""
        return self.pick(self.invocations("Checkout", "run", order))

    def orders(self, code: str | None = None) -> list[str]:
        """The orders that were confirmed, or failed with a code."""
        ended = {
            row["key"]: (row.get("failure") or "").partition("] ")[2].partition(":")[0] or None
            for row in self.invocations("Checkout", "run")
            if row["status"] == "completed"
        }
        return sorted(order for order, why in ended.items() if why == code)

    def failed(self) -> list[str]:
        return sorted({row["key"] for row in self.invocations("Checkout", "run") if row.get("result") == "failure"})

    def input(self, order: str) -> Row:
        """What was ordered."""
        value: Row = self.entry(self.run(order), "Input")["value"]
        return value

    def seat(self, order: str) -> str:
        """The key of its Ticket."""
        return f"{self.input(order)['event_id']}:{self.input(order)['seat_id']}"

    def events(self, target: str, type_: str | None = None) -> list[Row]:
        """The history of what was asked of a target."""
        return [row for row in self["history"] if row["target"] == target and type_ in (None, row["type"])]

    def dicts(self, *sources: str) -> Iterator[Row]:
        """Every JSON object in the rows of the sources, and in the final reads ("views"), at any depth."""
        for source in sources:
            yield from _dicts(self.views if source == "views" else self[source])

    def bookings(self, order: str) -> list[Row]:
        """Every copy of the answer that confirms an order, wherever it stands."""
        found = [each for each in self.dicts(*self.good.sources, "views") if _is_booking(each, order)]
        return found or self.pick([])

    # --- changing --------------------------------------------------------------------------------------------------

    def replace(self, old: str, new: str, *sources: str) -> None:
        """A text by another in all the rows of the sources (none named: everywhere, also in the documents)."""
        rest = () if sources else DOCUMENTS
        for source in sources or self.good.sources:
            self[source] = json.loads(json.dumps(self[source]).replace(old, new))
        for name in rest:
            self.__dict__[name] = json.loads(json.dumps(getattr(self, name)).replace(old, new))

    def swap(self, one: str, other: str, *sources: str) -> None:
        """Two texts change places."""
        between = "\N{BLACK STAR}between\N{BLACK STAR}"
        for old, new in ((one, between), (other, one), (between, other)):
            self.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1], *sources)

    def drop(self, source: str, matches: Matches) -> list[Row]:
        """Takes rows away and returns them. Raises NotHere when there are none."""
        gone = [row for row in self[source] if matches(row)]
        self.pick(gone)
        self[source] = [row for row in self[source] if not matches(row)]
        return gone

    def fresh(self, prefix: str) -> str:
        """A name that nothing in the record has."""
        self._made += 1
        return f"{prefix}{self.random.getrandbits(60):015x}{self._made}"

    def uuid(self) -> str:
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def reindex(self, invocation_id: str) -> None:
        """The journal's indexes, in the order of its rows, and how many there are."""
        count = 0
        for row in self["journal"]:
            if row["invocation_id"] == invocation_id:
                row["index"], count = count, count + 1
        for row in self["invocations"]:
            if row["id"] == invocation_id and "journal_size" in row:
                row["journal_size"] = count

    def cut_entries(self, matches: Matches) -> list[Row]:
        """Takes journal entries away as if they had never been: indexes close up."""
        gone = self.drop("journal", matches)
        for id_ in {row["invocation_id"] for row in gone}:
            self.reindex(id_)
        return gone

    def insert(self, before: Row, *entries: Row) -> None:
        """Puts journal entries before another."""
        at = self["journal"].index(before)
        about = {
            "invocation_id": before["invocation_id"],
            "kind": "command",
            "appended_at_ms": before["appended_at_ms"],
        }
        self["journal"][at:at] = [{**about, "index": 0, **entry} for entry in entries]
        self.reindex(before["invocation_id"])

    def renumber(self, ledger: str) -> None:
        """Row numbers in the order of the rows; rows keep naming their attempt, which is told by its old number."""
        now = {row["row"]: number for number, row in enumerate(self[ledger], 1) if row["kind"] == "arrival"}
        for number, row in enumerate(self[ledger], 1):
            row["attempt"] = now.get(row["attempt"], row["attempt"])
            row["row"] = number

    def attempt(self, ledger: str, like: Row, **changes: Any) -> list[Row]:
        """One more attempt, a copy of another with all its rows, at the end; the changes are made in each of them.

        A value of None takes a field away; what only an effect has is changed only there.
        """
        first = len(self[ledger]) + 1
        rows = [copy.deepcopy(row) for row in self[ledger] if row["attempt"] == like["attempt"]]
        rows = [row for row in rows if row["kind"] in ("arrival", "effect", "answer")]
        for number, row in enumerate(rows, first):
            fits = {name: value for name, value in changes.items() if ONLY.get(name, row["kind"]) == row["kind"]}
            row |= {**fits, "row": number, "attempt": first}
            for name in [name for name, value in row.items() if value is None]:
                del row[name]
        self[ledger] += rows
        return rows

    # --- writing ---------------------------------------------------------------------------------------------------

    def changed(self) -> frozenset[str]:
        """The sources and documents that are not as they were, by what they say."""
        found = {name for name, rows in self._rows.items() if rows != self._as_it_was(f"{name}.jsonl")}
        found |= {name for name in DOCUMENTS if name in self.__dict__ and self.__dict__[name] != self._document(name)}
        return frozenset(
            found | {name.rpartition("/")[2].partition(".")[0] for name in self.extra} | set(self.says_rows)
        )

    def _as_it_was(self, name: str) -> list[Row]:
        return [json.loads(line) for line in self.good.files.get(name, b"").splitlines()]

    def write(self, folder: Path) -> None:
        """The record as it is now. record.json tells how many rows each source has."""
        for source, rows in self._rows.items():
            if source in self.meta["sources"]:
                self.meta["sources"][source]["rows"] = self.says_rows.get(source, len(rows))
        texts = {
            f"{source}.jsonl": "".join(json.dumps(row) + "\n" for row in rows) for source, rows in self._rows.items()
        }
        texts |= {f"{name}.json": json.dumps(self.__dict__[name]) for name in DOCUMENTS if name in self.__dict__}
        for name, data in self.good.files.items():
            if name not in texts:
                (folder / name).write_bytes(data)
        for name, text in (texts | self.extra).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text, "utf-8")

    def judged(self, folder: Path) -> Verdict:
        """What is said of it, as it is written there. Raises BadInput when it is refused."""
        self.write(folder)
        return judge(Record.open(folder))


def _dicts(value: Any) -> Iterator[Row]:
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _dicts(each)


def _is_booking(each: Row, order: str) -> bool:
    return each.get("order_id") == order and "amount_cents" in each and each.get("status") == "CONFIRMED"


def others(rows: Sequence[T], row: T) -> list[T]:
    """All but one."""
    return [each for each in rows if each is not row]
