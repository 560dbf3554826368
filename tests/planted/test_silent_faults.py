"""An injection that silently does nothing proves nothing: UNKNOWN, naming the fault, never VALID."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
import pytest_asyncio

from booking.faults import UnsignedRequest, Webhook, unsigned_request
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos.backends.clock import faketime
from chaos.backends.deployments import Deployments
from chaos.backends.managed import ManagedProcess
from chaos.faults import (
    AcceptThenFail,
    Asymmetric,
    Bandwidth,
    ClockSkew,
    CpuStarve,
    CrashLoop,
    Delay,
    Deploy,
    DropAfterEffect,
    DropBeforeEffect,
    Flapping,
    ForgetKeys,
    Hang,
    Hold,
    Jitter,
    Kill,
    Latency,
    LimitData,
    LinkDown,
    Pause,
    Purge,
    Reconfigure,
    ResetPeer,
    Respond,
    Restart,
    Slicer,
    SlowBody,
    SlowClose,
    Terminate,
    Timeout,
    clock_skew,
    cpu_starve,
    crash_loop,
    deploy,
    kill,
    pause,
    purge,
    reconfigure,
    restart,
    rules,
    terminate,
)
from chaos.faults.fault import Fault
from chaos.faults.processes import victims
from chaos.faults.rules import RuleFault
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, AtTime, EffectSeen, Trigger
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.stack.control import FakeControl
from chaos.stack.toxiproxy import ToxiproxyClient
from chaos.verdict import Outcome

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
LOAD = Booking(orders=12, seats=12, clients=2)
NO_DELAY = {"do": "delay", "point": "before_effect", "delay_ms": 0}


class Untouched:
    """A process on which nothing has an effect, and that says so truly."""

    def __init__(self, process: ManagedProcess) -> None:
        self._process = process
        self.name = process.name
        self.is_wanted = True

    async def exit_code(self) -> int | None:
        return await self._process.exit_code()

    async def kill(self) -> None: ...

    async def ask_to_end(self) -> None: ...

    async def ended(self, patience_s: float) -> None: ...

    async def pause(self) -> None: ...

    async def resume(self) -> None: ...

    async def start(self, *, ahead_s: float = 0) -> None: ...

    async def look(self) -> str:
        return await self._process.look()

    async def start_as(self, _: Mapping[str, str]) -> None: ...

    async def environ(self) -> Mapping[str, str]:
        return await self._process.environ()


def plan(name: str, fault: Fault) -> Plan:
    until: Trigger = EffectSeen(step="broken") if isinstance(fault, CrashLoop) else AtTime(at_s=0.2)
    step = Step(id="broken", fault=fault, when=AfterOperations(count=2), until=until)
    # A new version takes a moment to come up, and there must be orders left for it.
    load = Booking(orders=60, seats=60, clients=2, think_ms=100) if fault.lasting else LOAD
    stack = StackSpec(own=fault.lasting, identity=fault.fault == "unsigned_request", endpoints=1)
    return Plan(name=name, workload=load, steps=(step,), expect=Expect(), stack=stack)


async def never_arrives(*_: object) -> int:
    raise httpx.ConnectError("dropped")


def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every way to inject is taken away; every way to look stays."""

    async def nothing(*_: object, **__: object) -> None: ...

    async def untouched(*args: Any) -> list[Untouched]:
        return [Untouched(each) for each in await victims(*args)]

    for module in (clock_skew, cpu_starve, crash_loop, kill, pause, reconfigure, restart, terminate):
        monkeypatch.setattr(module, "victims", untouched)
    monkeypatch.setattr(pause, "STOP_DEADLINE_S", 0.3)
    monkeypatch.setattr(deploy, "SERVES_WITHIN_S", 0.3)
    monkeypatch.setattr(unsigned_request, "_ask", never_arrives)
    monkeypatch.setattr(purge, "_forget", nothing)
    first = Deployments.deploy

    async def only_the_first(self: Deployments, app: str, replicas: int) -> str:
        return "dp_nowhere" if self._started else await first(self, app, replicas)

    monkeypatch.setattr(Deployments, "deploy", only_the_first)
    put_in = FakeControl.add_rule

    async def one_that_does_nothing(self: FakeControl, rule: dict[str, Any]) -> str:
        return await put_in(self, rule | {"action": NO_DELAY})

    monkeypatch.setattr(FakeControl, "add_rule", one_that_does_nothing)
    monkeypatch.setattr(rules, "SHOWS_WITHIN_S", 0.2)
    for method in ("add_toxic", "remove_toxic", "update_toxic", "cut", "disable", "enable"):
        monkeypatch.setattr(ToxiproxyClient, method, nothing)


FAULTS = {
    "kill": Kill(target="endpoint-0"),
    "pause": Pause(target="endpoint-0"),
    "cpu_starve": CpuStarve(target="endpoint-0"),
    "terminate": Terminate(target="endpoint-0"),
    "restart": Restart(target="endpoint-0", down_ms=100),
    "crash_loop": CrashLoop(target="endpoint-0", times=2),
    "latency": Latency(link="gateway", latency_ms=300),
    "reset_peer": ResetPeer(link="gateway"),
    "link_down": LinkDown(link="gateway"),
    "jitter": Jitter(link="endpoint", max_ms=200),
    "bandwidth": Bandwidth(link="mailer", rate_kb_per_s=4),
    "timeout": Timeout(link="gateway"),
    "asymmetric": Asymmetric(link="gateway"),
    "flapping": Flapping(link="ingress", down_ms=50, up_ms=50),
    "limit_data": LimitData(link="gateway", limit_bytes=100),
    "slicer": Slicer(link="endpoint", size_bytes=20),
    "slow_close": SlowClose(link="mailer", delay_ms=200),
    "unsigned_request": UnsignedRequest(),
    "purge": Purge(),
    "deploy": Deploy(endpoints=1),
    "reconfigure": Reconfigure(target="endpoint-0", variables={"NEXUS_SESSION_IDLE_MS": "1700000"}),
}
if faketime():
    FAULTS["clock_skew"] = ClockSkew(target="endpoint-0")

# What gateway and mailer do to one attempt each, or one after the other: several at once, since none hides another.
# Attempts that are to be answered have the time of a slow machine for that, one that never is has not.
RULES: dict[str, tuple[Booking, float, list[RuleFault]]] = {
    "one_attempt_each": (
        LOAD,
        20,
        [
            Respond(on="charge", status=503, times=1),
            DropBeforeEffect(on="charge", times=1),
            AcceptThenFail(on="charge", times=1),
            DropAfterEffect(on="charge", times=1),
            SlowBody(on="charge", bytes_per_s=600, times=1),
            Delay(on="charge", point="after_effect", delay_ms=700, times=1),
            Hold(on="mail", point="before_effect", times=1),
        ],
    ),
    "never_answered": (LOAD, 2, [Hang(on="mail", times=1)]),
    "told_twice": (
        Booking(orders=4, seats=4, payment="webhook"),
        20,
        [Webhook(deliver="duplicated", min_hits=4)],
    ),
}
FORGETFUL = Plan(
    name="forgetful",
    workload=Booking(orders=4, seats=4),
    steps=(
        Step(id="accepted", fault=AcceptThenFail(on="charge", attempts="1")),
        Step(id="forgotten", fault=ForgetKeys(on="charge", attempts="2")),
    ),
)


def ruled(name: str, load: Booking, attempt_timeout_s: float, faults: list[RuleFault]) -> Plan:
    steps = tuple(Step(id=fault.fault, fault=fault) for fault in faults)
    stack = StackSpec(settings=BookingSettings(attempt_timeout_s=attempt_timeout_s))
    return Plan(name=name, workload=load, steps=steps, stack=stack)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Session]:
    """One for all faults that a worker tries: what they leave whole they share."""
    async with Session.open(Config(), tmp_path_factory.mktemp("faults"), lambda _: None) as session:
        yield session


@pytest.mark.parametrize("name", RULES)
async def test_each_rule_that_does_what_it_says_is_valid_and_one_that_only_acts_is_unknown(
    name: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, attempt_timeout_s, faults = RULES[name]
    landed = await session.prove(ruled(f"landed_{name}", load, attempt_timeout_s, faults), replay="")
    assert (landed.verdict, landed.findings) == (Outcome.VALID, ())
    with monkeypatch.context() as patch:
        silence(patch)
        dropped = await session.prove(ruled(f"dropped_{name}", load, attempt_timeout_s, faults), replay="")
    unseen = {each.fault_id for each in dropped.findings if each.checker == "faults_landed"}
    assert (dropped.verdict, unseen) == (Outcome.UNKNOWN, {fault.fault for fault in faults})


async def test_a_gateway_that_forgets_the_keys_of_charges_is_shown_as_invalid(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contract's limit: within the hold nobody can protect from it. A refund's key it may forget, see scenarios."""
    forgot = await session.prove(FORGETFUL, replay="")
    with monkeypatch.context() as patch:
        silence(patch)
        dropped = await session.prove(FORGETFUL, replay="")
    checks = {check.checker: check.outcome for check in forgot.checks}
    assert forgot.verdict is Outcome.INVALID
    assert (checks["exactly_once_charge"], checks["faults_landed"]) == (Outcome.INVALID, Outcome.VALID)
    assert dropped.verdict is Outcome.UNKNOWN
    assert {"accepted", "forgotten"} <= {finding.fault_id for finding in dropped.findings}


async def test_a_gateway_that_lies_is_what_the_verdict_is_about(session: Session) -> None:
    """Told that it was paid, an order is confirmed, as it must be; no verdict on the app comes of that."""
    paid = {"charge_id": "ch_none", "status": "captured"}
    lie = Step(id="lie", fault=Respond(on="charge", status=200, body=paid, times=2, min_hits=2, lies=True))
    plan = Plan(name="lies", workload=Booking(orders=6, seats=6), steps=(lie,))
    lied = await session.prove(plan, replay="")
    checks = {check.checker: check.outcome for check in lied.checks}
    assert (lied.verdict, checks["exactly_once_charge"]) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
    assert {finding.outcome for finding in lied.findings} == {Outcome.UNKNOWN}
    said = [finding.message for finding in lied.findings if finding.checker == "parties_honest"]
    assert len(said) == 2
    assert all(": 200 to POST /v1/charges under the key charge:" in message for message in said)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_that_lands_is_valid_and_one_that_is_dropped_is_unknown(
    name: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = FAULTS[name]
    landed = await session.prove(plan(f"landed_{name}", fault), replay="")
    assert (landed.verdict, landed.findings) == (Outcome.VALID, ())
    with monkeypatch.context() as patch:
        silence(patch)
        dropped = await session.prove(plan(f"dropped_{name}", fault), replay="")
        if session._last and not fault.lasting:
            session._last.retired = False  # nothing was broken: the next may have it
    assert dropped.verdict is Outcome.UNKNOWN
    assert {check.checker: check.outcome for check in dropped.checks}["faults_landed"] is Outcome.UNKNOWN
    assert any(finding.fault_id == "broken" for finding in dropped.findings)
