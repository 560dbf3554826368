"""The balancer spreads connections over nodes that answer, and breaks those of one that no longer does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from chaos.backends.balancer import CHUNK_BYTES
from chaos.backends.managed import PYTHON, ManagedProcess, says_ready
from chaos.machine.serving import HOST, reserve_port
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
WITHIN_S = 30


class FakeNode:
    """Says its name to whoever asks for it, carries back what it is sent, and is healthy or not."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_healthy = True
        self.port = 0
        self._tasks: list[asyncio.Task[None]] = []

    @contextlib.asynccontextmanager
    async def runs(self) -> AsyncIterator[FakeNode]:
        server = await asyncio.start_server(self._connected, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await asyncio.gather(*self._tasks)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.append(cast("asyncio.Task[None]", asyncio.current_task()))
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            line = await reader.readline()
            if line.startswith(b"GET"):
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if self.is_healthy else b"HTTP/1.1 503 No\r\n\r\n")
            elif line == b"name\n":
                writer.write(self.name.encode())
            else:
                writer.write(line)
                while data := await reader.read(CHUNK_BYTES):
                    writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def balanced(folder: Path, *nodes: FakeNode, and_dead: int = 0) -> AsyncIterator[int]:
    """The port of a front with these nodes, and so many that nobody listens at."""
    with contextlib.ExitStack() as stack:
        dead = [stack.enter_context(reserve_port()).getsockname()[1] for _ in range(and_dead)]
        port = stack.enter_context(reserve_port()).getsockname()[1]
        nodes_at = [[HOST, each] for each in (*dead, *(node.port for node in nodes))]
        fronts = json.dumps([{"port": port, "path": "/health", "nodes": nodes_at}])
        balancer = ManagedProcess(
            "balancer",
            [*PYTHON, "-m", "chaos.backends.balancer", fronts],
            os.environ,
            folder / "balancer.log",
            says_ready,
        )
        await balancer.start()
        try:
            yield port
        finally:
            await balancer.kill()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def name_of(port: int) -> str:
    """What the node says that a new connection goes to; nothing when it ends before."""
    async with connected(port) as (reader, writer):
        writer.write(b"name\n")
        return (await reader.read()).decode()


async def test_connections_go_to_each_node_in_turn_and_none_to_a_dead_one(tmp_path: Path) -> None:
    async with FakeNode("a").runs() as a, FakeNode("b").runs() as b, balanced(tmp_path, a, b, and_dead=1) as port:
        assert Counter([await name_of(port) for _ in range(10)]) == {"a": 5, "b": 5}


async def test_bytes_pass_whole_in_both_directions_also_after_one_side_has_said_its_last(tmp_path: Path) -> None:
    async with FakeNode("a").runs() as a, balanced(tmp_path, a) as port:
        content = b"x" * (3 * CHUNK_BYTES + 1)
        async with connected(port) as (reader, writer):
            writer.write(b"echo\n" + content)
            writer.write_eof()
            assert await reader.read() == b"echo\n" + content


async def test_a_node_that_no_longer_answers_loses_its_connections_and_gets_no_other(tmp_path: Path) -> None:
    async with FakeNode("a").runs() as a, FakeNode("b").runs() as b, balanced(tmp_path, a, b) as port:
        async with connected(port) as first, connected(port) as second:
            for reader, writer in (first, second):
                writer.write(b"echo\n")
                assert await reader.readline() == b"echo\n"
            a.is_healthy = False
            ends = [asyncio.create_task(reader.read()) for reader, _ in (first, second)]
            async with asyncio.timeout(WITHIN_S):
                ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            assert len(ended) == 1, "the other node's connection stays"
            assert {await name_of(port) for _ in range(6)} == {"b"}
        await asyncio.gather(*ends)
        a.is_healthy = True

        async def is_back() -> None:
            if await name_of(port) != "a":
                raise NotYet("b")

        await until(is_back, "a to be asked again", WITHIN_S)


async def test_where_no_node_is_there_a_client_is_told_at_once(tmp_path: Path) -> None:
    async with balanced(tmp_path, and_dead=2) as port:
        async with asyncio.timeout(WITHIN_S):
            assert await name_of(port) == ""
