"""Modes take effect: the app itself sees which protocol it is called by, and that it is called again after an await."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from booking.workloads import Booking
from chaos.plan.expect import Expect
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.reporting import ScenarioSummary
from chaos.session import Config, Session
from chaos.verdict import Outcome

pytestmark = pytest.mark.integration
ORDERS = 6
PLAN = Plan(name="modes", workload=Booking(orders=ORDERS, seats=ORDERS, clients=3), expect=Expect(min_ok=ORDERS))
AWAITS = 4  # of a checkout, at least: the register, the reservation, the charge and the confirmation
TALKATIVE_APP = """
from services import app as services

async def app(scope, receive, send):
    if scope["type"] == "http":
        print(f"asked: HTTP/{scope['http_version']} {scope['path']}", flush=True)
    await services.app(scope, receive, send)
"""


@pytest.fixture
def talkative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The services, saying of each call how it came."""
    (tmp_path / "talkative.py").write_text(TALKATIVE_APP, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "talkative:app"


async def run(app: str, modes: Modes, folder: Path) -> tuple[ScenarioSummary, Counter[str]]:
    """The summary, and how often Restate called `Checkout.run` by which version of HTTP."""
    async with Session.open(Config(app=app, modes=modes), folder, lambda _: None) as session:
        summary = await session.prove(PLAN, replay="")
    logs = "".join(path.read_text("utf-8") for path in (folder / summary.record / "logs").glob("endpoint-*.log"))
    return summary, Counter(re.findall(r"asked: (HTTP/\S+) \S*/invoke/Checkout/run", logs))


async def test_by_default_an_invocation_is_called_once_and_streams(tmp_path: Path, talkative: str) -> None:
    summary, calls = await run(talkative, Modes(), tmp_path)
    assert (summary.verdict, summary.modes) == (Outcome.VALID, Modes())
    assert calls == {"HTTP/2": ORDERS}


async def test_always_replay_calls_an_invocation_again_after_every_await(tmp_path: Path, talkative: str) -> None:
    modes = Modes(always_replay=True)
    summary, calls = await run(talkative, modes, tmp_path)
    assert (summary.verdict, summary.modes) == (Outcome.VALID, modes)
    assert calls["HTTP/2"] >= ORDERS * AWAITS


async def test_request_and_response_is_spoken_over_http_1(tmp_path: Path, talkative: str) -> None:
    modes = Modes(protocol="request_response")
    summary, calls = await run(talkative, modes, tmp_path)
    assert (summary.verdict, summary.modes) == (Outcome.VALID, modes)
    assert calls.keys() == {"HTTP/1.1"}
    assert calls["HTTP/1.1"] >= ORDERS * AWAITS


HASTY = PLAN.model_copy(update={"deadline_s": 8})  # it would never end
NOT_DETERMINISTIC = "planted.not_deterministic:app"


async def test_code_that_does_not_do_the_same_twice_shows_nothing_where_nothing_is_replayed(tmp_path: Path) -> None:
    """What it holds seats for is not what it was told, which saga_in_order sees; that it differs shows in a replay."""
    async with Session.open(Config(app=NOT_DETERMINISTIC), tmp_path, lambda _: None) as session:
        summary = await session.prove(PLAN, replay="")
    outcomes = {check.checker: check.outcome for check in summary.checks}
    assert outcomes["all_orders_end"] is outcomes["replays_fit"] is Outcome.VALID


@pytest.mark.parametrize("modes", [Modes(always_replay=True), Modes(protocol="request_response")], ids=str)
async def test_code_that_does_not_do_the_same_twice_is_invalid_when_replayed(modes: Modes, tmp_path: Path) -> None:
    async with Session.open(Config(app=NOT_DETERMINISTIC, modes=modes), tmp_path, lambda _: None) as session:
        summary = await session.prove(HASTY, replay="")
    assert summary.verdict is Outcome.INVALID, summary.findings
    outcomes = {check.checker: check.outcome for check in summary.checks}
    assert outcomes["all_orders_end"] is outcomes["replays_fit"] is Outcome.INVALID
    assert any("is not deterministic" in finding.message for finding in summary.findings)
