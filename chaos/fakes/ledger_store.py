"""The fakes' append-only ledger on disk: SQLite, many rows per transaction; synced rows survive `kill -9`."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from chaos.errors import BadInput
from chaos.evidence.ledger import APPLICATION_ID, LedgerRow, RowKind

SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE IF NOT EXISTS ledger (row INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
# A whole batch in one statement: the thread releases and reacquires the GIL once, not once per row.
APPEND = """
INSERT INTO ledger (row, kind, body)
SELECT json_extract(value, '$.row'), json_extract(value, '$.kind'), value FROM json_each(?)
"""
KEEP = "INSERT OR REPLACE INTO kept (name, value) SELECT key, value FROM json_each(?)"

RowOf = TypeVar("RowOf", bound=LedgerRow)


class LedgerBroken(Exception):
    """The disk refused rows, or they are already there: nothing may be answered any more."""


class LedgerStore(Generic[RowOf]):
    """One fake's ledger file, written by this process only. `async with await LedgerStore.open(path)`.

    `append` and `keep` return at once; `sync` returns when all of it is on disk. Callers waiting while a transaction is
    under way share the next one.
    """

    def __init__(
        self, path: Path, database: sqlite3.Connection, thread: ThreadPoolExecutor, model: type[RowOf]
    ) -> None:
        self.path = path
        self._model = model
        self.last: int = database.execute("SELECT coalesce(max(row), 0) FROM ledger").fetchone()[0]
        self.kept: dict[str, str] = dict(database.execute("SELECT name, value FROM kept").fetchall())
        self.failure: str | None = None  # why nothing can be written any more
        self.listener: Callable[[RowOf], None] | None = None  # is told of every row, before it is durable
        self._database = database
        self._thread = thread
        self._rows: list[str] = []  # not yet handed to the thread
        self._values: dict[str, str] = {}
        self._next = asyncio.Event()  # set when the rows above are durable
        self._written = asyncio.Event()  # set when the rows the thread has now are durable
        self._written.set()
        self._wake = asyncio.Event()
        self._closing = False
        self._writer = asyncio.create_task(self._write())

    @classmethod
    async def open(cls, path: Path, model: type[RowOf]) -> Self:
        """Opens a ledger of rows of that form, or creates a new one. Raises BadInput when it cannot be used."""
        thread = ThreadPoolExecutor(1, "ledger")
        try:
            database = await asyncio.get_running_loop().run_in_executor(thread, _open, path)
        except sqlite3.Error as error:
            thread.shutdown()
            raise BadInput(
                f"cannot be used as a ledger: {error}", where=str(path), allowed="a file of a fake, or a new file"
            ) from error
        return cls(path, database, thread, model)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Writes what is still pending, and leaves a single file that needs no others."""
        self._closing = True
        self._wake.set()
        await self._writer
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def append(self, kind: RowKind, attempt: int | None = None, **fields: Any) -> RowOf:
        """Appends the next row, not yet durable; without `attempt` it starts a new attempt. Raises LedgerBroken."""
        self._refuse_when_broken()
        self.last += 1
        row = self._model(
            row=self.last, at_ms=time.time_ns() // 1_000_000, kind=kind, attempt=attempt or self.last, **fields
        )
        self._rows.append(row.model_dump_json(exclude_none=True))
        self._wake.set()
        if self.listener:
            self.listener(row)
        return row

    def keep(self, name: str, value: str) -> None:
        """Remembers a value under `name` beside the rows, not yet durable. Raises LedgerBroken."""
        self._refuse_when_broken()
        self.kept[name] = self._values[name] = value
        self._wake.set()

    async def sync(self) -> None:
        """Returns when everything appended or kept so far is durable. Raises LedgerBroken when it cannot be."""
        await (self._next if self._rows or self._values else self._written).wait()
        self._refuse_when_broken()

    def rows(self, kind: RowKind) -> Iterator[RowOf]:
        """The durable rows of one kind, in order. Blocks."""
        with closing(_reader(self.path)) as database:
            for (body,) in database.execute("SELECT body FROM ledger WHERE kind = ? ORDER BY row", (kind,)):
                yield self._model.model_validate_json(body)

    async def page(self, after: int, limit: int) -> str:
        """All rows so far after row `after`, as JSON {"rows": […], "last": the newest row's number}.

        At most `limit` rows; only durable ones are shown, so it waits for the newest. Raises LedgerBroken.
        """
        await self.sync()
        return await asyncio.to_thread(_page, self.path, after, limit)

    def _refuse_when_broken(self) -> None:
        if self.failure is not None:
            raise LedgerBroken(self.failure)

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._closing or self._rows or self._values:
            await self._wake.wait()
            self._wake.clear()
            rows, values = self._rows, self._values
            self._rows, self._values = [], {}
            self._written, self._next = self._next, asyncio.Event()
            try:
                await loop.run_in_executor(self._thread, self._commit, rows, values)
            except sqlite3.Error as error:
                self.failure = f"{self.path.name}: {error}"
                self._next.set()
                self._written.set()
                return
            self._written.set()

    def _commit(self, rows: list[str], values: dict[str, str]) -> None:
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute(APPEND, (f"[{','.join(rows)}]",))
            self._database.execute(KEEP, (json.dumps(values),))

    def _close(self) -> None:
        with closing(self._database):
            if self.failure is None:
                self._database.execute("PRAGMA journal_mode = DELETE")


def _open(path: Path) -> sqlite3.Connection:
    with ExitStack() as undo:
        database = undo.enter_context(closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)))
        tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise sqlite3.DatabaseError("it is another program's database")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.executescript(SCHEMA)
        undo.pop_all()
        return database


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def _page(path: Path, after: int, limit: int) -> str:
    with closing(_reader(path)) as database:
        last = database.execute("SELECT coalesce(max(row), 0) FROM ledger").fetchone()[0]
        found = database.execute(
            "SELECT body FROM ledger WHERE row > ? AND row <= ? ORDER BY row LIMIT ?", (after, last, limit)
        )
        return f'{{"rows":[{",".join(body for (body,) in found)}],"last":{last}}}'
