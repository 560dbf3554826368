"""Records: written whole or marked, without secrets; opened whole or refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from booking.settings import BookingSettings
from chaos.errors import BadInput
from chaos.evidence import recorder
from chaos.evidence.history import HistoryEvent
from chaos.evidence.journal import Invocation, JournalEntry
from chaos.evidence.record import SOURCES, Meta, Record
from chaos.evidence.recorder import Recorder
from chaos.evidence.redaction import Redactor
from chaos.judging import judge
from chaos.model import Frozen
from chaos.plan.expect import Expect
from chaos.session import DEFAULT_SYSTEM

TOKEN = "tok_ok_0123456789abcdef"


def event(number: int) -> HistoryEvent:
    return HistoryEvent(
        seq=number, at_ms=number, type="invoke", operation=number, process=0, target="Checkout/o/run",
        input={"payment_token": TOKEN},
    )  # fmt: skip


def meta(sources: dict) -> Meta:
    return Meta(
        plan="p", seed=1, scope="p-1", app="a", backend="process", versions={}, started_at_ms=0, ended_at_ms=1,
        settings=BookingSettings(), expect=Expect(), system=DEFAULT_SYSTEM, cases=(), sources=sources, replay="r",
    )  # fmt: skip


def finish(written: Recorder) -> None:
    for name in ("plan.json", "decisions.json"):
        (written.folder / name).write_text("{}", "utf-8")
    written.finish(meta(written.sources))


def write(folder: Path) -> Recorder:
    written = Recorder(folder, Redactor())
    for name in (*SOURCES, "gateway"):
        written.write_source(name, [])
    written.write_source("history", [event(1), event(2)])
    finish(written)
    return written


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write(tmp_path / "r")
    record = Record.open(tmp_path / "r")
    assert [each.seq for each in record.history] == [1, 2]
    assert record.source("history").state == "complete"


def test_no_payment_token_is_in_any_file_and_equal_tokens_stay_equal(tmp_path: Path) -> None:
    write(tmp_path / "r")
    assert not [path for path in (tmp_path / "r").rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    first, second = (each.input["payment_token"] for each in Record.open(tmp_path / "r").history)
    assert first == second
    assert first.startswith("hmac:")


def test_a_keyed_hash_differs_from_run_to_run() -> None:
    assert Redactor().redact(TOKEN.encode()) != Redactor().redact(TOKEN.encode())


def test_a_control_token_in_a_log_is_hashed(tmp_path: Path) -> None:
    log = tmp_path / "gateway.log"
    log.write_text("authorization: Bearer s3cr3t-token\n", "utf-8")
    written = Recorder(tmp_path / "r", Redactor())
    written.copy_logs({"gateway": log})
    assert "s3cr3t" not in (tmp_path / "r/logs/gateway.log").read_text("utf-8")


async def test_a_stream_that_breaks_off_is_partial_and_says_why(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[Frozen]:
        yield event(1)
        raise httpx.ReadError("gone")

    written = Recorder(tmp_path / "r", Redactor())
    await written.write_stream("history", broken())
    assert (written.sources["history"].state, written.sources["history"].rows) == ("partial", 1)
    assert "gone" in written.sources["history"].reason


def test_a_source_past_its_bound_is_partial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "MAX_SOURCE_BYTES", 200)
    written = Recorder(tmp_path / "r", Redactor())
    written.write_source("history", [event(number) for number in range(10)])
    assert written.sources["history"].state == "partial"
    assert 0 < written.sources["history"].rows < 10


def test_a_removed_file_counts_as_missing(tmp_path: Path) -> None:
    write(tmp_path / "r")
    (tmp_path / "r/journal.jsonl").unlink()
    assert Record.open(tmp_path / "r").source("journal").state == "missing"


@pytest.mark.parametrize("damage", ["cut", "no meta", "cut meta", "version", "field", "no decisions"])
def test_a_damaged_record_is_bad_input(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "r"
    write(folder)
    history, record = folder / "history.jsonl", folder / "record.json"
    if damage == "cut":
        history.write_bytes(history.read_bytes()[:-20])
    elif damage == "no meta":
        record.unlink()
    elif damage == "no decisions":
        (folder / "decisions.json").unlink()
    elif damage == "cut meta":
        record.write_bytes(record.read_bytes()[:50])
    elif damage == "version":
        record.write_text(json.dumps({**json.loads(record.read_text("utf-8")), "version": 99}), "utf-8")
    else:
        record.write_text(json.dumps({**json.loads(record.read_text("utf-8")), "seed": "x"}), "utf-8")
    with pytest.raises(BadInput) as caught:
        Record.open(folder)
    assert str(folder) in str(caught.value)


def test_journals_are_found_by_invocation_and_trees_by_order(tmp_path: Path) -> None:
    def invocation(id_: str, service: str, key: str, handler: str, parent: str | None) -> Invocation:
        return Invocation(
            id=id_, service=service, key=key, handler=handler, status="completed", result="success", failure=None,
            invoked_by="service" if parent else "ingress", invoked_by_id=parent, created_at_ms=0, completed_at_ms=1,
            scheduled_start_at_ms=None, retry_count=None, last_failure=None, deployment_id="d", journal_size=2,
        )  # fmt: skip

    def entry(id_: str, index: int) -> JournalEntry:
        return JournalEntry(invocation_id=id_, index=index, kind="command", type="Run", name="ü", appended_at_ms=0)

    written = Recorder(tmp_path / "r", Redactor())
    for name in (*SOURCES, "gateway"):
        written.write_source(name, [])
    root, child = (
        invocation("inv_1", "Checkout", "o", "run", None),
        invocation("inv_2", "Ticket", "e:A1", "reserve", "inv_1"),
    )
    written.write_source("invocations", [root, child])
    written.write_source("journal", [entry("inv_1", 0), entry("inv_1", 1), entry("inv_2", 0)])
    finish(written)
    record = Record.open(tmp_path / "r")
    tree = record.tree("Checkout", "o", "run")
    assert tree is not None
    assert [node.invocation.id for node in tree.walk()] == ["inv_1", "inv_2"]
    assert [each.index for each in tree.entries] == [0, 1]
    assert [each.index for each in record.entries("inv_2")] == [0]
    assert record.entries("inv_9") == []
    assert record.tree("Checkout", "nobody", "run") is None


def test_a_learnt_secret_is_hidden_as_json_writes_it_and_a_short_one_breaks_no_record() -> None:
    redactor = Redactor()
    secret = 'quo"te\\d-secret'
    for learnt in (secret, "1", "a", ""):
        redactor.learn(learnt)
    row = json.dumps({"a": 1, "at_ms": 1111, "mail": f"Your secret is {secret}"}).encode()
    hidden = json.loads(redactor.redact(row))
    assert (hidden["a"], hidden["at_ms"]) == (1, 1111)
    assert secret not in hidden["mail"]
    assert "hmac:" in hidden["mail"]


GOOD = Path(__file__).parents[1] / "checkers" / "records" / "gateway_402__good"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("decisions.json", lambda text: text + "x", "decisions.json: cannot be read"),
        ("history.jsonl", lambda text: text.replace('"type":"invoke"', '"type":"info"', 1), "never began"),
    ],
)
def test_a_record_that_was_tampered_with_is_refused(
    name: str, change: Callable[[str], str], said: str, tmp_path: Path
) -> None:
    folder = tmp_path / "record"
    shutil.copytree(GOOD, folder)
    path = folder / name
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(BadInput, match=said):
        judge(Record.open(folder))
