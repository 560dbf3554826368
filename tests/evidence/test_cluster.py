"""What nodes say of each other is decoded from their own gRPC answer, and the leader of what is under way is found."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import anyio
import httpx
import pytest

from chaos.evidence.cluster import Cluster, NodeView, cluster_state, leader
from chaos.evidence.journal import JournalReader
from chaos.waiting import NotYet, unless

LEADER, FOLLOWER = 1, 2


def varint(value: int) -> bytes:
    head = b""
    while value > 0x7F:
        head, value = head + bytes([value & 0x7F | 0x80]), value >> 7
    return head + bytes([value])


def message(**fields: int | bytes | list[bytes]) -> bytes:
    """A protobuf message; `_3=…` is its field 3."""
    encoded = b""
    for name, given in fields.items():
        for value in given if isinstance(given, list) else [given]:
            kind = 0 if isinstance(value, int) else 2
            content = varint(value) if isinstance(value, int) else varint(len(value)) + value
            encoded += varint(int(name[1:]) << 3 | kind) + content
    return encoded


def answer(*entries: bytes) -> bytes:
    return message(_1=message(_1=message(_1=1), _4=list(entries)))


def node(number: int, **state: bytes) -> bytes:
    return message(_1=number, _2=message(**state))


def is_alive(generation: int, partitions: Mapping[int, int]) -> bytes:
    led = [message(_1=number, _2=message(_3=mode)) for number, mode in partitions.items()]
    return message(_1=message(_1=1, _2=generation), _2=message(_1=1_700_000_000), _3=led, _4=300)


SAID = answer(
    node(1, _1=is_alive(2, {0: LEADER, 3: FOLLOWER, 300: LEADER})),
    node(2, _2=message(_1=message(_1=1_700_000_000))),
    node(3, _3=message(_1=message(_1=3, _2=1))),
)


def test_an_answer_is_decoded() -> None:
    assert dict(cluster_state(SAID)) == {
        1: NodeView(state="alive", generation=2, runs=(0, 3, 300), leads=(0, 300)),
        2: NodeView(state="dead"),
        3: NodeView(state="suspect"),
    }


def test_an_answer_that_is_cut_short_is_no_answer() -> None:
    with pytest.raises(IndexError):
        dict(cluster_state(b"\x0a"))


def a_cluster(answers: Mapping[str, httpx.Response]) -> Cluster:
    """Three nodes that answer so; one that is not named cannot be reached."""
    cluster = Cluster({name: f"http://{name}" for name in ("restate-1", "restate-2", "restate-3")})

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.host not in answers:
            raise httpx.ConnectError("refused")
        return answers[request.url.host]

    cluster._http = httpx.AsyncClient(transport=httpx.MockTransport(respond))
    return cluster


def said(message: bytes) -> httpx.Response:
    return httpx.Response(200, content=b"\0" + len(message).to_bytes(4, "big") + message)


async def test_those_that_answer_are_heard() -> None:
    refused = httpx.Response(200, headers={"grpc-status": "14", "grpc-message": "starting"})
    cluster = a_cluster({"restate-1": said(SAID), "restate-3": refused})
    assert {name: views["restate-2"].state for name, views in (await cluster.say()).items()} == {"restate-1": "dead"}
    with pytest.raises(httpx.HTTPError, match="restate-3: HTTP 200, gRPC 14 starting"):
        await cluster.seen_by("restate-3")
    await cluster.close()


class Journal:
    """Answers with the partition keys of checkouts under way."""

    def __init__(self, *keys: int) -> None:
        self._keys = keys

    async def query(self, sql: str) -> list[dict[str, Any]]:
        assert "status = 'invoked'" in sql
        return [{"partition_key": key} for key in self._keys]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ((), "restate-1"),  # it leads more
        ((2**63, 2**64 - 1, 1), "restate-2"),
        ((2**63 - 1, 1, 2**64 - 1), "restate-1"),
    ],
)
async def test_the_leader_is_who_leads_the_most_of_what_is_under_way(keys: tuple[int, ...], found: str) -> None:
    views = {1: {0: LEADER, 1: LEADER, 2: FOLLOWER}, 2: {2: LEADER, 3: LEADER, 0: FOLLOWER}, 3: {0: FOLLOWER}}
    if not keys:
        views[1][4] = LEADER
    cluster = a_cluster(
        {f"restate-{n}": said(answer(*(node(k, _1=is_alive(1, v)) for k, v in views.items()))) for n in (1, 2, 3)}
    )
    assert await leader(cluster, cast(JournalReader, Journal(*keys))) == found
    await cluster.close()


@pytest.mark.parametrize("leads", [LEADER, FOLLOWER])
async def test_nobody_leads_yet_where_nobody_says_so_or_invocations_cannot_be_read(leads: int) -> None:
    class Failing:
        async def query(self, _: str) -> list[dict[str, Any]]:
            raise httpx.ReadError("500")

    journal = Journal() if leads == FOLLOWER else Failing()
    cluster = a_cluster({"restate-1": said(answer(node(1, _1=is_alive(1, {0: leads}))))})
    with pytest.raises(NotYet, match="500" if leads == LEADER else "no node leads a partition"):
        await leader(cluster, cast(JournalReader, journal))
    await cluster.close()


HEALTHY = {1: {0: LEADER, 1: FOLLOWER}, 2: {1: LEADER, 2: FOLLOWER}, 3: {2: LEADER, 0: FOLLOWER}}


async def test_a_look_that_is_broken_off_lets_each_node_close_what_it_is_closing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As a pool of connections does, which would else drop them open."""
    cluster, over, closed = Cluster({"restate-1": "http://a", "restate-2": "http://b"}), asyncio.Event(), []

    async def closing(node: str) -> dict[str, NodeView]:
        over.set()
        with anyio.CancelScope(shield=True):
            await asyncio.sleep(0.01)
            closed.append(node)
        return {}

    monkeypatch.setattr(cluster, "seen_by", closing)
    await unless(over, cluster.say())
    await cluster.close()
    assert closed == ["restate-1", "restate-2"]


def all_say(views: Mapping[int, Mapping[int, int]], dead: int | None = None) -> bytes:
    entries = [node(k, _2=b"") if k == dead else node(k, _1=is_alive(1, v)) for k, v in views.items()]
    return answer(*entries)


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        ([all_say(HEALTHY)] * 3, ""),
        ([all_say(HEALTHY)] * 2, "restate-3 does not answer"),
        ([all_say(HEALTHY), all_say(HEALTHY, dead=3), all_say(HEALTHY)], "restate-2 says restate-3 is dead"),
        ([all_say(HEALTHY | {3: {2: FOLLOWER}})] * 3, "partitions 2 are not led by one node"),
        ([all_say(HEALTHY | {3: {2: LEADER, 0: LEADER}})] * 3, "partitions 0 are not led by one node"),
        ([all_say({1: {}, 2: {}, 3: {}})] * 3, "partitions unknown are not led by one node"),
    ],
)
async def test_a_cluster_is_whole_when_all_say_that_all_live_and_each_partition_is_led(
    answers: list[bytes], trouble: str
) -> None:
    cluster = a_cluster({f"restate-{number}": said(each) for number, each in enumerate(answers, 1)})
    assert await cluster.trouble() == trouble
    await cluster.close()


async def test_a_node_is_lost_when_another_says_so() -> None:
    cluster = a_cluster({"restate-1": said(all_say(HEALTHY, dead=3)), "restate-3": said(all_say(HEALTHY, dead=3))})
    assert await cluster.lost() == ["restate-3 is dead, restate-1 said"]
    await cluster.close()
