"""Link faults on real links: each shows its effect, both directions, and leaves nothing; half of one is not seen."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from pydantic import ValidationError

from booking.system import SYSTEM
from chaos.backends.process import ProcessBackend
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import (
    Asymmetric,
    Bandwidth,
    Flapping,
    Jitter,
    Kill,
    Latency,
    LimitData,
    LinkDown,
    Pause,
    ResetPeer,
    Slicer,
    SlowClose,
    Timeout,
)
from chaos.faults.fault import Fault
from chaos.faults.links import LinkName, meanwhile, toxic
from chaos.machine.toolchain import Tools
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.stack.probe import probe
from chaos.stack.soundness import what_is_broken
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream, ToxiproxyClient
from chaos.waiting import NotYet, until

ON_ONE_STACK = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"fault": "jitter", "link": "gateway", "max_ms": 100, "min_ms": 51}, "at least twice min_ms"),
        ({"fault": "jitter", "link": "gateway", "max_ms": 100, "every_ms": 99}, r"at least max_ms \(100\)"),
        ({"fault": "jitter", "link": "gateway", "max_ms": 100, "latencies_ms": [1]}, "must begin with max_ms"),
        ({"fault": "jitter", "link": "gateway", "max_ms": 9}, "max_ms"),
        ({"fault": "jitter", "link": "gateway"}, "max_ms"),
        ({"fault": "bandwidth", "link": "gateway", "rate_kb_per_s": 0}, "rate_kb_per_s"),
        ({"fault": "bandwidth", "link": "gateway", "rate_kb_per_s": 11}, "rate_kb_per_s"),
        ({"fault": "bandwidth", "link": "gateway", "rate_kb_per_s": 1, "stream": "both"}, "'upstream' or 'downstream'"),
        ({"fault": "timeout", "link": "gateway", "timeout_ms": 0}, "timeout_ms"),
        ({"fault": "timeout", "link": "gateway", "stream": "sideways"}, "stream"),
        ({"fault": "timeout", "link": "The Moon"}, "link"),
        ({"fault": "asymmetric", "link": "gateway", "stream": "upstream"}, "stream"),
        ({"fault": "flapping", "link": "gateway", "down_ms": 9}, "down_ms"),
        ({"fault": "flapping", "link": "gateway", "up_ms": 0}, "up_ms"),
        ({"fault": "slicer", "link": "gateway", "size_bytes": 0}, "size_bytes"),
        ({"fault": "slicer", "link": "gateway", "size_bytes": 51, "pause_ms": 5}, "51 every 5 ms; at most 50"),
        ({"fault": "limit_data", "link": "gateway", "limit_bytes": 4001}, "limit_bytes"),
        ({"fault": "slow_close", "link": "gateway", "delay_ms": 5}, "delay_ms"),
    ],
)
def test_bad_input_is_refused(fault: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Step.model_validate({"id": "a", "fault": fault})


def test_jitter_is_drawn_from_the_seed_and_begins_with_both_ends() -> None:
    jitter = Jitter(link="gateway", min_ms=20, max_ms=80)
    drawn = jitter.resolve(Random("seed"), 2)
    assert drawn == jitter.resolve(Random("seed"), 2)
    assert drawn != jitter.resolve(Random("other"), 2)
    assert drawn.latencies_ms[:2] == (80, 20)
    assert all(20 <= latency <= 80 for latency in drawn.latencies_ms)
    assert len(set(drawn.latencies_ms)) > 2
    assert drawn.resolve(Random("other"), 2) == drawn, "a resolved fault stays as it is"
    assert Jitter.model_validate_json(drawn.model_dump_json()) == drawn


async def test_work_that_stops_meanwhile_is_told() -> None:
    async def breaks() -> None:
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        async with meanwhile(breaks()):
            await asyncio.sleep(0)
    async with meanwhile(asyncio.sleep(600)):
        pass


# --- on a real stack ---------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("links")
    stack = await ProcessBackend(tools, "services.app:app", "test-links", folder, system=SYSTEM).start(
        StackSpec(endpoints=1)
    )
    yield stack
    await stack.stop()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FaultLog]:
    log = FaultLog(tmp_path / "faults.jsonl")
    yield log
    log.close()


async def shown(stack: Stack, log: FaultLog, fault: Fault, step: str = "step") -> list[bool]:
    """Whether each observation of a fault shows its effect."""
    fault = fault.resolve(Random(1), 1)
    async with fault.inject(stack, Injection(log, step, fault.fault, "link")):
        pass
    mine = [event for event in log.events if event.step == step]
    assert [event.phase for event in mine if event.phase != "observed"] == [
        "intended", "injected", "healing", "healed",
    ]  # fmt: skip
    return [event.observation.shows_effect for event in mine if event.observation]


def faults(link: LinkName, stream: Stream) -> list[Fault]:
    return [
        Latency(link=link, latency_ms=250, stream=stream),
        Jitter(link=link, max_ms=250, every_ms=250, stream=stream),
        Bandwidth(link=link, rate_kb_per_s=2, stream=stream),
        Slicer(link=link, size_bytes=20, pause_ms=10, stream=stream),
        LimitData(link=link, limit_bytes=500, stream=stream),
        SlowClose(link=link, delay_ms=250, stream=stream),
        Timeout(link=link, stream=stream),
        ResetPeer(link=link, stream=stream),
    ]


@ON_ONE_STACK
@pytest.mark.integration
async def test_every_fault_shows_on_every_link_in_both_directions_and_leaves_nothing(
    stack: Stack, log: FaultLog
) -> None:
    async def try_all(link: LinkName) -> None:
        tried = [*faults(link, "upstream"), *faults(link, "downstream"), Timeout(link=link, timeout_ms=100)]
        tried += [Asymmetric(link=link), Flapping(link=link, down_ms=10, up_ms=10), LinkDown(link=link)]
        for number, fault in enumerate(tried):
            step = f"{link}-{number}"
            seen = await shown(stack, log, fault, step)
            assert seen, fault
            assert all(seen), (fault, [event.observation for event in log.events if event.step == step])

    async with asyncio.TaskGroup() as group:
        for link in stack.links:
            group.create_task(try_all(link))
    assert await what_is_broken(stack) == ()


@ON_ONE_STACK
@pytest.mark.integration
async def test_latency_that_never_changes_is_no_jitter(
    stack: Stack, log: FaultLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> None: ...

    monkeypatch.setattr(ToxiproxyClient, "update_toxic", nothing)
    monkeypatch.setattr("chaos.faults.jitter.QUICK_WITHIN_S", 0.5)
    assert await shown(stack, log, Jitter(link="gateway", max_ms=300, every_ms=300)) == [True, False]


@ON_ONE_STACK
@pytest.mark.integration
async def test_a_link_that_is_dead_in_both_directions_is_not_asymmetric(
    stack: Stack, log: FaultLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = ToxiproxyClient.add_toxic

    async def the_wrong_way(self: ToxiproxyClient, proxy: str, name: str, type_: str, *rest: Any) -> None:
        await add(self, proxy, name, type_, "upstream", *rest[1:])

    monkeypatch.setattr(ToxiproxyClient, "add_toxic", the_wrong_way)
    monkeypatch.setattr("chaos.faults.asymmetric.CLOSED_WITHIN_S", 0.5)
    assert await shown(stack, log, Asymmetric(link="gateway")) == [True, False]


@ON_ONE_STACK
@pytest.mark.integration
async def test_flapping_goes_on_until_it_heals(stack: Stack, log: FaultLog) -> None:
    seen: set[str] = set()
    fault = Flapping(link="mailer", down_ms=20, up_ms=20)
    async with fault.inject(stack, Injection(log, "step", "flapping", "mailer")), asyncio.timeout(30):
        while seen < {"refused", "answered"}:
            seen.add((await probe(stack.link("mailer"))).outcome)
    assert await what_is_broken(stack) == ()


# --- a Toxiproxy that cannot be asked to heal ---------------------------------------------------------------------


async def end_by(number: signal.Signals, stack: Stack) -> None:
    """Sends Toxiproxy a signal; returns when the operating system shows the effect."""
    toxiproxy = stack.target("toxiproxy")
    os.kill(int((await toxiproxy.look()).partition("@")[0]), number)

    async def is_out_of_order() -> None:
        look = await toxiproxy.look()
        if look.endswith(" running"):
            raise NotYet(look)

    await until(is_out_of_order, "Toxiproxy to be out of order", 20)


async def is_whole(stack: Stack) -> None:
    """Every link carries requests again, and nothing stands in the way of any."""
    assert await what_is_broken(stack) == ()
    assert {name: (await probe(address)).outcome for name, address in stack.links.items()} == dict.fromkeys(
        stack.links, "answered"
    )


@ON_ONE_STACK
@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_toxiproxy_that_died_or_stands_still_is_replaced_once(
    stack: Stack, log: FaultLog, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_in, out_of_order = asyncio.Barrier(3), asyncio.Event()
    toxiproxy = stack.targets["toxiproxy"]
    starts: list[str] = []
    start = toxiproxy.start

    async def counted() -> None:
        monkeypatch.setattr(stack.toxiproxy._api, "timeout_s", 20)
        starts.append(await toxiproxy.look())
        await start()

    monkeypatch.setattr(toxiproxy, "start", counted)

    async def fault(link: LinkName) -> None:
        async with Latency(link=link, latency_ms=10).inject(stack, Injection(log, link, "latency", link)):
            await both_in.wait()
            await out_of_order.wait()

    async with asyncio.TaskGroup() as group:
        for link in ("gateway", "mailer"):
            group.create_task(fault(link))
        await both_in.wait()
        monkeypatch.setattr(stack.toxiproxy._api, "timeout_s", 1)
        await end_by(number, stack)
        out_of_order.set()
    assert starts == ["gone"]
    assert [event.phase for event in log.events][-2:] == ["healed", "healed"]
    await is_whole(stack)


@ON_ONE_STACK
@pytest.mark.integration
async def test_a_toxic_that_does_not_come_off_is_gone_with_its_toxiproxy(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await stack.targets["toxiproxy"].look()
    attributes = {"timeout": 600_000}  # once it has data, it waits this out before it lets anybody remove it
    async with toxic(stack, "gateway", "upstream", name="reset", type_="reset_peer", attributes=attributes):
        assert (await probe(stack.link("gateway"), timeout_s=1)).outcome == "timeout"
        monkeypatch.setattr(stack.toxiproxy._api, "timeout_s", 1)
    monkeypatch.setattr(stack.toxiproxy._api, "timeout_s", 20)
    assert await stack.targets["toxiproxy"].look() != before
    await is_whole(stack)


@ON_ONE_STACK
@pytest.mark.integration
@pytest.mark.parametrize(
    ("fault", "outcome", "patience_s"),
    [(Kill(target="toxiproxy"), "refused", 20), (Pause(target="toxiproxy"), "timeout", 0.3)],
)
async def test_a_toxiproxy_that_is_the_victim_takes_every_link_along_and_brings_them_back(
    stack: Stack, log: FaultLog, fault: Fault, outcome: str, patience_s: float
) -> None:
    async with fault.inject(stack, Injection(log, "victim", fault.fault, "toxiproxy")):
        assert {(await probe(address, timeout_s=patience_s)).outcome for address in stack.links.values()} == {outcome}
    await is_whole(stack)
