"""The ledger store: what is synced is on disk, in order, in shared transactions; a failing disk is not papered over."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from chaos.errors import BadInput
from chaos.evidence import ledger
from chaos.evidence.ledger import LedgerRow
from chaos.fakes.ledger_store import LedgerBroken, LedgerStore

CALL = {"method": "POST", "path": "/v1/charges"}


async def test_synced_rows_can_be_read_by_another_while_the_store_is_open(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    async with await LedgerStore.open(file, LedgerRow) as store:
        first = store.append("arrival", key="k", **CALL)
        second = store.append("effect", first.row, effect="capture", **CALL)
        assert (first.attempt, second.attempt) == (1, 1)
        await store.sync()
        assert ledger.read(file) == [first, second]


async def test_many_waiters_share_few_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    commit = LedgerStore._commit

    def counted(self: LedgerStore, rows: list[str], values: dict[str, str]) -> None:
        batches.append(len(rows))
        commit(self, rows, values)

    monkeypatch.setattr(LedgerStore, "_commit", counted)
    file = tmp_path / "ledger.sqlite"
    async with await LedgerStore.open(file, LedgerRow) as store:

        async def write() -> None:
            row = store.append("arrival", **CALL)
            await store.sync()
            assert row in ledger.read(file)

        await asyncio.gather(*(write() for _ in range(40)))
    assert sum(batches) == 40
    assert len(batches) <= 3


async def test_closing_writes_what_nobody_waited_for_and_leaves_one_file(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    async with await LedgerStore.open(file, LedgerRow) as store:
        row = store.append("arrival", **CALL)
        store.keep("name", "value")
    assert ledger.read(file) == [row]
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    async with await LedgerStore.open(file, LedgerRow) as again:
        assert again.kept == {"name": "value"}
        assert again.last == 1
        assert list(again.rows("arrival")) == [row]
        assert again.append("arrival", **CALL).row == 2


async def test_a_cancelled_waiter_does_not_take_others_with_it(tmp_path: Path) -> None:
    async with await LedgerStore.open(tmp_path / "ledger.sqlite", LedgerRow) as store:
        store.append("arrival", **CALL)
        impatient, patient = asyncio.create_task(store.sync()), asyncio.create_task(store.sync())
        await asyncio.sleep(0)
        impatient.cancel()
        await patient
        assert ledger.read(store.path)


async def test_when_the_disk_refuses_nothing_is_promised_any_more(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    async with await LedgerStore.open(file, LedgerRow) as store, await LedgerStore.open(file, LedgerRow) as second:
        mine = store.append("arrival", **CALL)
        await store.sync()
        second.append("arrival", **CALL)  # also row 1: two processes on one ledger
        with pytest.raises(LedgerBroken, match="UNIQUE"):
            await second.sync()
        for promise in (lambda: second.append("arrival", **CALL), lambda: second.keep("a", "b")):
            with pytest.raises(LedgerBroken):
                promise()
        with pytest.raises(LedgerBroken):
            await second.page(0, 10)
        assert ledger.read(file) == [mine]


async def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE precious (thing TEXT)")
    database.close()
    before = other.read_bytes()
    with pytest.raises(BadInput, match="another program's database"):
        await LedgerStore.open(other, LedgerRow)
    assert other.read_bytes() == before
