"""no_secret_leaks: a secret planted in each place where none may stand is found there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.checkers import CHECKERS
from chaos.journal import Failure, StateRow
from chaos.redaction import Redactor
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import MARK, paid_in_secret
from tests.checkers.world import Run, World

NAME = "no_secret_leaks"
TOKEN = "tok_ok_0123456789abcdef"
PLACES: dict[str, Callable[[World], object]] = {
    "history: a secret in the ok of Checkout/o1/run": lambda w: w.alter(
        "history", lambda event: event.type == "ok", output={"echo": MARK}
    ),
    "history: a secret in the invoke of Ticket/t/get": lambda w: w.told("invoke", "Ticket/t/get", input=MARK),
    "journal: a secret in Checkout.run, command Output": lambda w: w.alter(
        "journal", lambda e: (e.invocation_id, e.type) == (w.invocation("o1").id, "Output"), value=MARK
    ),
    "journal: a secret in Checkout.run, command Run charge": lambda w: w.replace(
        w.entry("o1", "command", "charge"), value=MARK
    ),
    "journal: a secret in Checkout.run, notification Run": lambda w: w.replace(
        w.entry("o1", "notification", "charge"), failure=Failure(code=500, message=MARK)
    ),
    "journal: a secret in Checkout.run, command Call": lambda w: w.replace(
        w.entry("o1", "command", "reserve"), value=MARK
    ),
    "journal: a secret in SeatMap.set, command SetState map": lambda w: Run(w, "SeatMap", "e", "set", None, None).act(
        lambda run: run.entry("command", "SetState", state_key="map", value=MARK) and None
    ),
    "journal: a secret in Notifications.notify, command Input": lambda w: Run(
        w, "Notifications", "u", "notify", {"to": MARK}, None
    ),
    "invocations: a secret in a row": lambda w: w.alter("invocations", lambda row: row.key == "o1", last_failure=MARK),
    "state: a secret in a row": lambda w: (
        w.settle(), w.rows["state"].append(StateRow(service="Orders", object_key="o1", key="order", value=MARK))
    ),
    "gateway: a secret in a row": lambda w: w.attempt("gateway", "/v1/charges", "k", "o1", 422, detail=MARK),
    "mailer: a secret in a row": lambda w: w.attempt("mailer", "/v1/messages", "k", None, 422, detail=MARK),
    "a secret in the answer of Checkout/o1/status": lambda w: w.views.update({"Checkout/o1/status": {"error": MARK}}),
}  # fmt: skip


def test_where_it_was_handed_over_a_secret_may_stand(ask: Ask) -> None:
    result = ask(NAME, paid_in_secret())
    assert (result.outcome, result.cases, result.findings) == (Outcome.VALID, 2, ())


def test_a_private_service_may_pass_it_on(ask: Ask) -> None:
    world = paid_in_secret()
    run = Run(world, "OrderWatch", "", "follow", MARK, None)
    run.act(lambda run: run.entry("command", "Call", target="Checkout/o1/run", value=MARK) and None)
    assert ask(NAME, world).outcome is Outcome.VALID


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_planted_anywhere_else_is_found(ask: Ask, place: str) -> None:
    world = paid_in_secret()
    PLACES[place](world)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert [finding.message for finding in result.findings if finding.message.startswith(place)]


def test_a_secret_in_a_log_is_found(tmp_path: Path) -> None:
    record = paid_in_secret().write(tmp_path / "r")
    (record.folder / "logs").mkdir()
    line = Redactor().redact(b"charging with " + TOKEN.encode() + b"\n")
    (record.folder / "logs/endpoint-0.log").write_bytes(b"fine\n" + line)
    result = CHECKERS[NAME].check(record)
    assert [finding.message for finding in result.findings] == [
        "logs/endpoint-0.log: a secret in 1 lines, the first is line 2"
    ]


def test_what_the_recorder_leaves_of_a_secret_is_what_is_looked_for() -> None:
    learnt = Redactor()
    learnt.learn("mailed-secret")
    assert learnt.redact(b"x mailed-secret").startswith(b"x hmac:")
    assert len(learnt.redact(TOKEN.encode())) == len(MARK)


def test_where_no_secret_came_up_it_is_not_asked(tmp_path: Path) -> None:
    assert not CHECKERS[NAME].expected(World().book("o1").write(tmp_path / "plain"))
    assert CHECKERS[NAME].expected(paid_in_secret().write(tmp_path / "paid"))
