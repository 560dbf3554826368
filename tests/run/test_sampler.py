"""The sampler on answers as Restate gives them: what it keeps, what it asks for, and what it shrugs off."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import httpx

from booking.system import SYSTEM
from chaos.evidence.cluster import Cluster, NodeView
from chaos.run.sampler import NodeSampler, Sampler
from chaos.stack.stack import Stack


class FakeJournal:
    """Answers the invoker's table from `looks`, one after another, and targets from `targets`; notes what was asked."""

    def __init__(self, looks: list[list[dict[str, Any]] | Exception], targets: dict[str, tuple[str, str]]) -> None:
        self._looks = looks
        self._targets = targets
        self.asked: list[str] = []
        self.done = asyncio.Event()

    async def query(self, sql: str) -> list[dict[str, Any]]:
        if "sys_invocation_state" not in sql:
            self.asked += [id_ for id_ in self._targets if f"'{id_}'" in sql]
            return [
                {"id": id_, "target_service_name": service, "target_service_key": key, "target_handler_name": "run"}
                for id_, (service, key) in self._targets.items()
                if f"'{id_}'" in sql
            ]
        if not self._looks:
            self.done.set()
            return []
        look = self._looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return look


def backing_off(id_: str, retries: int) -> dict[str, Any]:
    return {"id": id_, "retry_count": retries, "last_failure": f"failure {retries}"}


async def sampled(journal: FakeJournal) -> Sampler:
    sampler = Sampler(cast(Stack, SimpleNamespace(journal=journal, known_cases={"another's"})), "mine-1", SYSTEM)
    running = asyncio.create_task(sampler.run())
    async with asyncio.timeout(20):
        await journal.done.wait()
    running.cancel()
    return sampler


async def test_each_failed_attempt_is_noted_once_and_its_target_asked_for_once() -> None:
    looks = [[backing_off("a", 1)], [backing_off("a", 1)], [backing_off("a", 2), backing_off("b", 1)]]
    journal = FakeJournal(list(looks), {"a": ("Checkout", "order"), "b": ("Ticket", "mine-1-event:A1")})
    samples = (await sampled(journal)).samples
    assert [(each.invocation_id, each.retry_count) for each in samples] == [("a", 1), ("a", 2), ("b", 1)]
    assert (samples[0].service, samples[0].key, samples[0].handler) == ("Checkout", "order", "run")
    assert {each.status for each in samples} == {"backing-off"}
    assert samples[1].last_failure == "failure 2"
    assert journal.asked == ["a", "b"]


async def test_what_another_run_left_backing_off_is_not_ours() -> None:
    journal = FakeJournal([[backing_off("a", 1)]], {"a": ("Ticket", "other-1-event:A1")})
    assert (await sampled(journal)).samples == []


async def test_a_look_that_fails_is_left_out_and_the_next_one_counts() -> None:
    journal = FakeJournal([httpx.ConnectError("down"), [backing_off("a", 3)]], {"a": ("Checkout", "order")})
    assert [each.retry_count for each in (await sampled(journal)).samples] == [3]


class FakeCluster:
    """Says what stands in `looks`, one after another, the last again and again."""

    def __init__(self, looks: list[dict[str, dict[str, NodeView]]]) -> None:
        self._looks = looks
        self.done = asyncio.Event()

    async def say(self) -> dict[str, dict[str, NodeView]]:
        if len(self._looks) == 1:
            self.done.set()
            return self._looks[0]
        return self._looks.pop(0)


async def test_what_a_node_says_is_noted_when_it_is_new() -> None:
    alive, dead = NodeView(state="alive", generation=1, runs=(0, 1), leads=(1,)), NodeView(state="dead")
    moved = alive.model_copy(update={"runs": (0,)})  # of no interest by itself
    cluster = FakeCluster([{"a": {"b": alive}}, {}, {"a": {"b": moved}}, {"a": {"b": dead}, "c": {"b": alive}}])
    sampler = NodeSampler(cast(Cluster, cluster))
    running = asyncio.create_task(sampler.run())
    async with asyncio.timeout(20):
        await cluster.done.wait()
    running.cancel()
    noted = [(each.by, each.node, each.state, each.leads) for each in await sampler.last()]
    assert noted == [("a", "b", "alive", (1,)), ("a", "b", "dead", ()), ("c", "b", "alive", (1,))]
