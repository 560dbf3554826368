"""What Restate's nodes say about each other: which are alive and which partitions each leads, as each node sees it.

Restate's admin API has no SQL table for this. Its own command line asks the nodes over gRPC, and so does this module:
`GetClusterState` of `restate.cluster_ctrl.ClusterCtrlSvc`, whose answer is decoded only as far as needed.
"""

from __future__ import annotations

import contextlib
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

import anyio
import httpx

from chaos.errors import StartFailed, WaitTimedOut
from chaos.evidence.journal import JournalReader
from chaos.model import Frozen
from chaos.waiting import NotYet, until

CALL = "/restate.cluster_ctrl.ClusterCtrlSvc/GetClusterState"
HEADERS = {"content-type": "application/grpc", "te": "trailers"}
FRAME = struct.Struct(">BI")  # of a gRPC message: whether it is compressed, and its length
EMPTY = FRAME.pack(0, 0)
ANSWERS_WITHIN_S = 2.0
COMES_TOGETHER_WITHIN_S = 60
POLL_S = 0.05
STATES: Mapping[int, Literal["alive", "dead", "suspect"]] = {1: "alive", 2: "dead", 3: "suspect"}
LEADER = 1

Fields = dict[int, list[int | bytes]]


class NodeView(Frozen):
    """What one node says about another, or about itself."""

    state: Literal["alive", "dead", "suspect"]
    generation: int | None = None  # grows by one each time it is started; null unless it is alive
    runs: tuple[int, ...] = ()  # the partitions whose state it keeps
    leads: tuple[int, ...] = ()  # those of them that it leads


class Cluster:
    """The nodes of one stack, asked directly, not through their links. `fabric`: where each listens for its peers.

    The names are in the order of Restate's node ids, which count from 1.
    """

    def __init__(self, fabric: Mapping[str, str]) -> None:
        self._fabric = fabric
        self._names = tuple(fabric)
        self._http = httpx.AsyncClient(trust_env=False, http1=False, http2=True, timeout=ANSWERS_WITHIN_S)

    @property
    def names(self) -> tuple[str, ...]:
        return self._names

    async def seen_by(self, node: str) -> dict[str, NodeView]:
        """What one node says about all of them. Raises httpx.HTTPError when it does not answer."""
        response = await self._http.post(self._fabric[node] + CALL, content=EMPTY, headers=HEADERS)
        if not response.is_success or len(response.content) < FRAME.size:
            raise httpx.RemoteProtocolError(f"{node}: HTTP {response.status_code}, gRPC {_status(response)}")
        return {
            self._names[number - 1]: view
            for number, view in cluster_state(response.content[FRAME.size :])
            if number <= len(self._names)
        }

    async def say(self) -> dict[str, dict[str, NodeView]]:
        """What each node says, for those that answer."""
        said: dict[str, dict[str, NodeView]] = {}

        async def ask(node: str) -> None:
            with contextlib.suppress(httpx.HTTPError):
                said[node] = await self.seen_by(node)

        # Not asyncio.gather: it cancels its tasks even while they are shielded (see chaos.waiting.unless).
        async with anyio.create_task_group() as asking:
            for node in self._names:
                asking.start_soon(ask, node)
        return {node: said[node] for node in self._names if node in said}

    async def lost(self) -> list[str]:
        """One sentence for each node that another says is dead."""
        said = await self.say()
        found = {
            node: [by for by, views in said.items() if by != node and _is_dead(views, node)] for node in self._names
        }
        return [f"{node} is dead, {' and '.join(by)} said" for node, by in found.items() if by]

    async def trouble(self) -> str:
        """Why it is not whole, in a sentence; empty when every node says that all are alive and all partitions led."""
        said = await self.say()
        silent = [node for node in self._names if node not in said]
        if silent:
            return f"{', '.join(silent)} does not answer"
        for by, views in said.items():
            for node in self._names:
                if node not in views or views[node].state != "alive":
                    return f"{by} says {node} is {views[node].state if node in views else 'unknown'}"
        led = Counter(partition for node in self._names for partition in said[node][node].leads)
        known = {partition for node in self._names for partition in said[node][node].runs}
        unsettled = sorted(partition for partition in known if led[partition] != 1)
        if unsettled or not known:
            return f"partitions {', '.join(map(str, unsettled)) or 'unknown'} are not led by one node"
        return ""

    async def comes_together(self) -> None:
        """Waits until it is whole for the first time. Raises StartFailed."""
        try:
            await until(self.is_whole, "the nodes to be one cluster", COMES_TOGETHER_WITHIN_S, POLL_S)
        except WaitTimedOut as error:
            raise StartFailed("restate", str(error)) from error

    async def is_whole(self) -> None:
        """Raises NotYet while it is not."""
        trouble = await self.trouble()
        if trouble:
            raise NotYet(trouble)

    async def close(self) -> None:
        await self._http.aclose()


def _is_dead(views: Mapping[str, NodeView], node: str) -> bool:
    return node in views and views[node].state == "dead"


async def leader(cluster: Cluster, journal: JournalReader) -> str:
    """The node that leads the most invocations under way, or the most partitions if there are none, by its own account.

    Raises NotYet, for `until`, while the cluster cannot be asked or nobody leads.
    """
    try:
        said = await cluster.say()
        rows = await journal.query("select partition_key from sys_invocation_status where status = 'invoked'")
    except httpx.HTTPError as error:
        raise NotYet(error) from error
    leads = {node: views[node].leads for node, views in said.items()}
    partitions = sum(map(len, leads.values()))
    if not partitions:
        raise NotYet("no node leads a partition")
    under_way = Counter(int(row["partition_key"]) * partitions >> 64 for row in rows)
    return max(leads, key=lambda node: (sum(under_way[number] for number in leads[node]), len(leads[node]), node))


def _status(response: httpx.Response) -> str:
    return f"{response.headers.get('grpc-status', 'unknown')} {response.headers.get('grpc-message', '')}"


def cluster_state(message: bytes) -> Iterator[tuple[int, NodeView]]:
    """Decodes a ClusterStateResponse: node ids and what is said about them. Raises IndexError if it is truncated."""
    for entry in _all(_one(message, 1), 4):
        (state, said), *_ = ((number, values[0]) for number, values in _fields(_one(entry, 2)).items())
        view = NodeView(state=STATES[state])
        if isinstance(said, bytes) and view.state == "alive":
            modes = {_number(each, 1): _number(_one(each, 2), 3) for each in _all(said, 3)}
            leads = tuple(sorted(partition for partition, mode in modes.items() if mode == LEADER))
            view = NodeView(state="alive", generation=_number(_one(said, 1), 2), runs=tuple(sorted(modes)), leads=leads)
        yield _number(entry, 1), view


def _all(message: bytes, field: int) -> list[bytes]:
    return [value for value in _fields(message).get(field, []) if isinstance(value, bytes)]


def _one(message: bytes, field: int) -> bytes:
    return (_all(message, field) or [b""])[-1]


def _number(message: bytes, field: int) -> int:
    return next((value for value in _fields(message).get(field, []) if isinstance(value, int)), 0)


def _fields(message: bytes) -> Fields:
    """A protobuf message's values by field number: numbers, or bytes for length-delimited fields."""
    found: Fields = {}
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        value: int | bytes
        if kind == 0:
            value, at = _varint(message, at)
        else:
            length, at = _varint(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = message[at : at + length], at + length
        found.setdefault(number, []).append(value)
    return found


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The varint that begins at `at` (seven bits per byte, lowest first), and the offset after it."""
    value = shift = 0
    while True:
        byte = message[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
