"""What an operator does to invocations: the oldest are chosen, and it counts as far as Restate's tables show it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from pydantic import ValidationError

from chaos.errors import WaitTimedOut
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import CancelInvocation, PauseInvocation, cancel_invocation, invocations, pause_invocation
from chaos.faults.invocations import InvocationFault
from chaos.stack.stack import Stack


class Restate:
    """Invocations by id, oldest first, each in a state; `deaf` takes every order and carries none out."""

    def __init__(self, *states: str, deaf: bool = False) -> None:
        self.states = {f"inv_{number}": state for number, state in enumerate(states)}
        self.signals: set[str] = set()
        self.told: list[str] = []
        self._deaf = deaf

    async def query(self, sql: str) -> list[dict[str, Any]]:
        named = re.findall(r"'(inv_\w+)'", sql)
        if "count(*)" in sql:
            return [{"so": sum(self.states[id_] == "paused" for id_ in named)}]
        if "sys_journal" in sql:
            return [{"id": id_} for id_ in named if id_ in self.signals]
        if "completion_failure" in sql:
            return [{"id": id_} for id_ in named if self.states[id_] == "cancelled"]
        assert "'Checkout'" in sql
        assert "'run'" in sql
        wanted = re.findall(r"'([a-z-]+)'", sql.partition("status in")[2])
        found = [id_ for id_, state in self.states.items() if state in wanted]
        return [{"id": id_} for id_ in found[: int(sql.rpartition(" ")[2])]]

    async def patch(self, url: str) -> httpx.Response:
        id_, what = url.split("/")[-2:]
        self.told.append(f"{what} {id_}")
        if not self._deaf and what == "cancel":
            self.signals.add(id_)
        elif not self._deaf:
            self.states[id_] = {"pause": "paused", "resume": "running"}[what]
        return httpx.Response(202, request=httpx.Request("PATCH", url))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invocations, "FOUND_WITHIN_S", 0.2)
    monkeypatch.setattr(cancel_invocation, "SHOWS_WITHIN_S", 0.2)
    monkeypatch.setattr(pause_invocation, "PAUSES_WITHIN_S", 0.2)
    monkeypatch.setattr(pause_invocation, "RESUMES_WITHIN_S", 0.2)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FaultLog]:
    log = FaultLog(tmp_path / "faults.jsonl")
    yield log
    log.close()


@asynccontextmanager
async def on(fault: InvocationFault, restate: Restate, log: FaultLog) -> AsyncIterator[None]:
    admin = SimpleNamespace(url="http://admin.test")
    stack = cast(Stack, SimpleNamespace(journal=restate, http=restate, admin=admin))
    async with fault.inject(stack, Injection(log, "step", fault.fault, "stack")):
        yield


async def test_the_oldest_that_fit_are_cancelled_and_named(log: FaultLog) -> None:
    restate = Restate("suspended", "running", "backing-off", "running", "completed")
    async with on(CancelInvocation(of="Checkout/run", times=2, states=("running", "backing-off")), restate, log):
        pass
    assert restate.told == ["cancel inv_1", "cancel inv_2"]
    (seen,) = [event.observation for event in log.events if event.observation]
    assert (seen.during, seen.shows_effect) == (2, True)
    assert {event.detail for event in log.events if event.phase in ("intended", "injected")} == {"inv_1, inv_2"}


async def test_a_cancellation_that_reaches_nobody_is_no_effect(log: FaultLog) -> None:
    async with on(CancelInvocation(of="Checkout/run"), Restate("running", deaf=True), log):
        pass
    (seen,) = [event.observation for event in log.events if event.observation]
    assert (seen.during, seen.shows_effect) == (0, False)


async def test_what_is_paused_is_resumed_when_the_step_ends(log: FaultLog) -> None:
    restate = Restate("running", "backing-off", "backing-off")
    async with on(PauseInvocation(of="Checkout/run", times=2, states=("backing-off",)), restate, log):
        assert [*restate.states.values()] == ["running", "paused", "paused"]
    assert [*restate.states.values()] == ["running"] * 3
    assert [event.phase for event in log.events] == ["intended", "injected", "observed", "healing", "healed"]


async def test_a_pause_that_does_not_come_fails(log: FaultLog) -> None:
    with pytest.raises(WaitTimedOut, match="them to show as paused"):
        async with on(PauseInvocation(of="Checkout/run"), Restate("running", deaf=True), log):
            raise AssertionError("it is not on")
    assert [event.phase for event in log.events][-2:] == ["healing", "healed"]


async def test_where_there_are_not_so_many_nothing_is_touched(log: FaultLog) -> None:
    restate = Restate("running", "completed")
    with pytest.raises(WaitTimedOut, match="2 of Checkout/run under way"):
        async with on(CancelInvocation(of="Checkout/run", times=2), restate, log):
            raise AssertionError("it is not on")
    assert restate.told == []


@pytest.mark.parametrize("fields", [{"of": "Checkout"}, {"of": "Checkout/run'"}, {"of": "C/r", "times": 0}, {}])
def test_what_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CancelInvocation(**fields)
