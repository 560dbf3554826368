"""Reading a fake's ledger file as evidence: whole, or refused with the reason."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from chaos.errors import BadInput
from chaos.evidence import ledger
from chaos.evidence.ledger import LedgerRow
from chaos.fakes.ledger_store import LedgerStore


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A closed ledger of 500 rows."""
    async with await LedgerStore.open(tmp_path / "ledger.sqlite", LedgerRow) as store:
        for number in range(500):
            store.append("arrival", method="POST", path="/v1/charges", key=f"charge:{number}")
    return tmp_path / "ledger.sqlite"


def change(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(sql)


async def test_a_whole_ledger_is_read_in_order(file: Path) -> None:
    rows = ledger.read(file)
    assert [row.row for row in rows] == list(range(1, 501))
    assert rows[7].key == "charge:7"


async def test_a_read_only_copy_can_be_read(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "ledger.sqlite").write_bytes(file.read_bytes())
    (copy / "ledger.sqlite").chmod(0o400)
    assert len(ledger.read(copy / "ledger.sqlite")) == 500


async def test_a_missing_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        ledger.read(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()
    with pytest.raises(BadInput, match="no such file"):
        ledger.read(tmp_path)


@pytest.mark.parametrize("part", [0, 0.01, 0.3, 0.6, 0.99])
async def test_a_cut_one_is_refused(file: Path, part: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(BadInput, match=r"ledger\.sqlite"):
        ledger.read(file)


async def test_a_scratched_one_is_refused(file: Path) -> None:
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\x55" * 4096
    file.write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged|cannot be read"):
        ledger.read(file)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("DELETE FROM ledger WHERE row = 250", "rows are missing"),
        ("UPDATE ledger SET body = '{\"row\": 1}' WHERE row = 250", "not of this version's form"),
        ("DROP TABLE ledger", "no such table"),
        ("PRAGMA application_id = 0", "not a ledger"),
    ],
)
async def test_one_that_was_tampered_with_is_refused(file: Path, sql: str, words: str) -> None:
    change(file, sql)
    with pytest.raises(BadInput, match=words):
        ledger.read(file)


async def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("not a database, but long enough to be looked at\n" * 50)
    with pytest.raises(BadInput, match="cannot be read"):
        ledger.read(other)
