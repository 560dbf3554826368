"""no_secret_leaks: a secret planted in each place where none may stand is found there."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from chaos.evidence import recorder
from chaos.evidence.journal import Failure, StateRow, decode_payload, state_from_row
from chaos.evidence.record import SOURCES, Record
from chaos.evidence.recorder import Recorder
from chaos.evidence.redaction import Redactor
from chaos.judging import judge
from chaos.reporting import summarize, write_reports
from chaos.reporting.summary import run_summary
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.every import CHECKERS
from tests.checkers.parts import MARK, paid_in_secret
from tests.checkers.world import PARTIES, Run, World

NAME = "no_secret_leaks"
TOKEN = "tok_ok_0123456789abcdef"
JSON = json.dumps({"payment_token": TOKEN})
WRITTEN = {
    "plain": TOKEN,
    "in a sentence": f"charging {TOKEN}, again",
    "as bytes": repr(JSON.encode()),
    "JSON": JSON,
    "JSON in JSON": json.dumps(JSON),
    "URL": quote(JSON),
    "base64": b64encode(JSON.encode()).decode(),
    "base64, a byte later": b64encode(f" {JSON}".encode()).decode(),
    "base64, two bytes later": b64encode(f"  {JSON}".encode()).decode(),
    "base64 for URLs": urlsafe_b64encode(TOKEN.encode()).decode(),
    "hex": TOKEN.encode().hex(),
    "HEX": TOKEN.encode().hex().upper(),
    "UTF-16": JSON.encode("utf-16").decode("latin-1"),
}
NO_JSON = {"text": TOKEN.encode(), "binary": b"\xff\x00" + TOKEN.encode() + b"\x00", "UTF-16": TOKEN.encode("utf-16")}
PLACES: dict[str, Callable[[World, Any], object]] = {
    "history: a secret in the ok of Checkout/o1/run": lambda w, secret: w.alter(
        "history", lambda event: event.type == "ok", output={"echo": secret}
    ),
    "history: a secret in the fail of Checkout/o2/run": lambda w, secret: (
        w.refuse("o2"), w.alter("history", lambda event: event.type == "fail", message=secret)
    ),
    "history: a secret in the invoke of Ticket/t/get": lambda w, secret: w.told("invoke", "Ticket/t/get", input=secret),
    "journal: a secret in Checkout.run, command Output": lambda w, secret: w.alter(
        "journal", lambda e: (e.invocation_id, e.type) == (w.invocation("o1").id, "Output"), value=secret
    ),
    "journal: a secret in Checkout.run, command Run charge": lambda w, secret: w.replace(
        w.entry("o1", "command", "charge"), value=secret
    ),
    "journal: a secret in Checkout.run, notification Run": lambda w, secret: w.replace(
        w.entry("o1", "notification", "charge"), failure=Failure(code=500, message=secret)
    ),
    "journal: a secret in Checkout.run, command Call": lambda w, secret: w.replace(
        w.entry("o1", "command", "reserve"), value=secret
    ),
    "journal: a secret in Checkout.run, command OneWayCall": lambda w, secret: w.alter(
        "journal", lambda e: e.target == "Notifications/user-o1/notify", headers=[{"name": "x", "value": secret}]
    ),
    "journal: a secret in SeatMap.set, command SetState map": lambda w, secret: Run(
        w, "SeatMap", "e", "set", None, None
    ).act(lambda run: run.entry("command", "SetState", state_key="map", value=secret) and None),
    "journal: a secret in Notifications.notify, command Input": lambda w, secret: Run(
        w, "Notifications", "u", "notify", {"to": secret}, None
    ),
    "invocations: a secret in a row": lambda w, secret: w.alter(
        "invocations", lambda row: row.key == "o1", last_failure=secret
    ),
    "samples: a secret in a row": lambda w, secret: (
        w.sample("o1"), w.alter("samples", lambda _: True, last_failure=secret)
    ),
    "faults: a secret in a row": lambda w, secret: w.fault(detail=secret),
    "state: a secret in a row": lambda w, secret: (
        w.settle(), w.rows["state"].append(StateRow(service="Orders", object_key="o1", key="order", value=secret))
    ),
    "gateway: a secret in a row": lambda w, secret: w.attempt("gateway", "/v1/charges", "k", "o1", 422, detail=secret),
    "mailer: a secret in a row": lambda w, secret: w.attempt("mailer", "/v1/messages", "k", None, 422, detail=secret),
    "a secret in the answer of Checkout/o1/status": lambda w, secret: w.views.update(
        {"Checkout/o1/status": {"error": secret}}
    ),
}  # fmt: skip


def recorded(world: World, folder: Path, **logs: bytes) -> Record:
    """What the recorder makes of a world and of the logs of its processes."""
    meta = world.write(folder).meta
    written = Recorder(folder, Redactor())
    for name in (*SOURCES, *PARTIES):
        written.write_source(name, world.rows[name])
    for name, log in logs.items():
        (folder / name).write_bytes(log)
    written.copy_logs({name: folder / name for name in logs})
    for name in logs:
        (folder / name).unlink()
    written.finish(meta)
    return Record.open(folder)


def written_in(folder: Path) -> set[str]:
    """In which of its forms the token stands in any file."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    forms = {how: text for how, text in WRITTEN.items() if "JSON" not in how}
    return {how for how, text in forms.items() if any(text.encode() in data for data in files)}


def test_where_it_was_handed_over_a_secret_may_stand(ask: Ask) -> None:
    result = ask(NAME, paid_in_secret())
    assert (result.outcome, result.cases, result.findings) == (Outcome.VALID, 2, ())


def test_a_private_service_may_pass_it_on(ask: Ask) -> None:
    world = paid_in_secret()
    run = Run(world, "OrderWatch", "", "follow", MARK, None)
    run.act(lambda run: run.entry("command", "Call", target="Checkout/o1/run", value=MARK) and None)
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("written", WRITTEN)
def test_a_secret_planted_anywhere_else_is_found_and_shown_to_nobody(place: str, written: str, tmp_path: Path) -> None:
    world = paid_in_secret()
    PLACES[place](world, WRITTEN[written])
    record = recorded(world, tmp_path / "record")
    result = CHECKERS[NAME].check(record)
    assert result.outcome is Outcome.INVALID
    assert [finding.message for finding in result.findings if finding.message.startswith(place)]
    summary = summarize(record, judge(record))
    write_reports(tmp_path, run_summary([summary], versions={}, started_at_ms=0, ended_at_ms=1, replay="r"))
    assert (tmp_path / "index.html").is_file()
    assert written_in(tmp_path) == set()


def test_what_is_written_and_not_hidden_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(" ".join(WRITTEN.values()), "utf-8")
    assert written_in(tmp_path) == {how for how in WRITTEN if "JSON" not in how}


@pytest.mark.parametrize("payload", NO_JSON)
def test_a_secret_in_bytes_that_are_no_json_is_found(payload: str, tmp_path: Path) -> None:
    world = paid_in_secret()
    world.settle()
    value = decode_payload([*NO_JSON[payload]])
    world.replace(world.entry("o1", "notification", "charge"), value=value)
    row = {"service_name": "Orders", "service_key": "o1", "key": "order", "value": NO_JSON[payload].hex()}
    world.rows["state"].append(state_from_row(row))
    messages = [finding.message for finding in CHECKERS[NAME].check(recorded(world, tmp_path / "r")).findings]
    assert [message.partition(":")[0] for message in messages] == ["journal", "state"]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_secret_in_a_log_is_found(tmp_path: Path, written: str) -> None:
    record = recorded(paid_in_secret(), tmp_path / "r", endpoint=b"fine\n" + WRITTEN[written].encode() + b"\nfine\n")
    result = CHECKERS[NAME].check(record)
    assert [finding.message for finding in result.findings] == [
        "logs/endpoint.log: a secret in 1 lines, the first is line 2"
    ]
    assert written_in(tmp_path) == set()


@pytest.mark.parametrize("before", [0, 5, 12, 30])
def test_a_secret_in_a_long_log_is_found_and_never_cut_in_two(
    before: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MAX_LOG_BYTES", 40)
    long = b"begin\n" * 9 + TOKEN.encode() + b"\n" + b"." * before + b"\nend\n"
    record = recorded(paid_in_secret(), tmp_path / "r", endpoint=long)
    assert [finding.message[:28] for finding in CHECKERS[NAME].check(record).findings] == [
        "logs/endpoint.log: a secret "
    ]
    kept = (record.folder / "logs/endpoint.log").read_bytes()
    assert kept.endswith(b"\nend\n")
    assert kept.count(b"begin") < 9
    assert TOKEN[-8:].encode() not in kept


def held_and_sold() -> World:
    """o1 has bought a seat, `idle` holds another; somebody looks at both, their own cart, and their inbox."""
    world = paid_in_secret()
    world.alter("history", lambda event: event.type == "invoke", input={"payment_token": MARK, "user_id": "user-o1"})
    world.reserve("idle", "A2")
    for target, output in (
        ("Notifications/user-o1/get", {"items": [{"order_id": "o1"}]}),
        ("UserSession/user-o1/get", {"past_orders": [{"order_id": "o1"}]}),
        ("UserSession/other/get", {"past_orders": []}),
        ("Checkout/o1/status", {"stage": "CONFIRMED", "error": "o1 is not o"}),
    ):
        world.told("ok", target, world.told("invoke", target), output=output)
    world.told("ok", "Ticket/e:A2/release", world.told("invoke", "Ticket/e:A2/release", input={"order_id": "idle"}))
    return world


def test_whoever_asks_for_an_order_may_be_told_of_it(ask: Ask) -> None:
    result = ask(NAME, held_and_sold())
    assert (result.outcome, result.findings) == (Outcome.VALID, ())


@pytest.mark.parametrize(
    ("target", "asked", "answer"),
    [
        ("Ticket/e:A1/get", None, {"output": {"order_id": "o1"}}),
        ("Ticket/e:A2/get", None, {"output": {"holders": ["idle"]}}),
        ("SeatMap/e/get", None, {"output": {"seats": {"A1": {"o1": "SOLD"}}}}),
        ("Event/e/get", None, {"output": {"buyers": "o0,o1"}}),
        (
            "Ticket/e:A1/reserve",
            {"order_id": "o2"},
            {"type": "fail", "message": "seat_sold: to o1, Ticket already sold"},
        ),
        ("Ticket/e:A2/release", {"order_id": "o2"}, {"output": {"status": "RESERVED", "by": "idle"}}),
        ("Checkout/o2/run", {"seat_id": "A1"}, {"type": "fail", "message": "seat_sold: order o1 has it"}),
        ("UserSession/other/get", None, {"output": {"past_orders": [{"order_id": "o1"}]}}),
        ("Notifications/other/get", None, {"output": {"items": [{"order_id": "o1"}]}}),
        ("Notifications/other/get", None, {"output": {"items": [{"order_id": "idle"}]}}),
        ("Signup/other/status", None, {"output": {"order": "o1"}}),
    ],
)
def test_no_answer_gives_away_the_order_of_another(target: str, asked: Any, answer: dict[str, Any], ask: Ask) -> None:
    world = held_and_sold()
    told = {"type_": answer.get("type", "ok"), **{name: value for name, value in answer.items() if name != "type"}}
    world.told(target=target, number=world.told("invoke", target, input=asked), **told)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert [finding.message for finding in result.findings] == [f"the answer of {target} gives away another's order"]


def test_a_view_gives_away_no_order_either(ask: Ask) -> None:
    world = held_and_sold()
    world.views["Ticket/e:A1/get"] = {"order_id": "o1"}
    assert [finding.case for finding in ask(NAME, world).findings] == ["o1"]


def test_what_the_recorder_leaves_of_a_secret_is_what_is_looked_for() -> None:
    learnt = Redactor()
    learnt.learn("mailed-secret")
    assert learnt.redact(b"x mailed-secret").startswith(b"x hmac:")
    assert len(learnt.redact(TOKEN.encode())) == len(MARK)


def test_where_no_secret_came_up_it_is_not_asked(tmp_path: Path) -> None:
    assert not CHECKERS[NAME].expected(World().book("o1").write(tmp_path / "plain"))
    assert CHECKERS[NAME].expected(paid_in_secret().write(tmp_path / "paid"))


@pytest.mark.parametrize(
    ("kind", "type_", "may"),
    [
        ("notification", "Run", True),
        ("command", "Run", False),
        ("command", "SetState", False),
        ("command", "Output", False),
    ],
)
def test_a_signup_journals_its_secret_when_it_makes_it_and_nowhere_else(
    ask: Ask, kind: str, type_: str, may: bool
) -> None:
    world = paid_in_secret()
    Run(world, "Signup", "u", "run", {}, None).act(lambda run: run.entry(kind, type_, value=MARK) and None)
    assert ask(NAME, world).outcome is (Outcome.VALID if may else Outcome.INVALID)
