"""The balancer: one address for the ingresses of all Restate nodes, and one for their admin APIs.

Started as `python -m chaos.backends.balancer FRONTS [--host H]`, with a JSON list of {"port", "path", "nodes": [[host,
port], …]}. Each new connection goes to the next node in turn. A node that stops answering a GET of `path` gets none,
and its connections are closed, so that their clients find another node: a paused node would keep them open.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chaos.machine.serving import HOST, reserve_port

CHECK_EVERY_S = 0.2
ANSWERS_WITHIN_S = 3.0  # a busy machine is not a dead node
CONNECTS_WITHIN_S = 1.0
CHUNK_BYTES = 65_536
BACKLOG = 1_024


@dataclass(eq=False)
class Node:
    """Where one node listens, whether it answers, and the connections it has."""

    host: str
    port: int
    answers: bool = True
    connections: set[asyncio.StreamWriter] = field(default_factory=set)

    async def look(self, path: str) -> bool:
        """Whether a GET of `path` is answered with 200."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN_S):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                with contextlib.closing(writer):
                    writer.write(f"GET {path} HTTP/1.1\r\nhost: balancer\r\nconnection: close\r\n\r\n".encode())
                    return b" 200 " in await reader.readline()
        except (OSError, TimeoutError):
            return False

    def drop(self) -> None:
        """Closes its connections."""
        for writer in self.connections:
            writer.transport.abort()


class Front:
    """One address, and the nodes behind it."""

    def __init__(self, path: str, nodes: Sequence[Node]) -> None:
        self._path = path
        self._nodes = list(nodes)

    async def listen(self, port: int, host: str) -> asyncio.Server:
        """Starts serving."""
        return await asyncio.start_server(self._connected, sock=reserve_port(port, host), backlog=BACKLOG)

    async def watch(self) -> None:
        """Checks its nodes over and over, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for node in self._nodes:
                group.create_task(self._watch(node))

    async def _watch(self, node: Node) -> None:
        while True:
            node.answers = await node.look(self._path)
            if not node.answers:
                node.drop()
            await asyncio.sleep(CHECK_EVERY_S)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for node in sorted(self._nodes, key=lambda each: not each.answers):  # one that did not answer may be back
            self._nodes.remove(node)
            self._nodes.append(node)  # the last in turn
            try:
                async with asyncio.timeout(CONNECTS_WITHIN_S):
                    onward = await asyncio.open_connection(node.host, node.port)
            except (OSError, TimeoutError):
                continue
            await _join(node, (reader, writer), onward)
            return
        writer.transport.abort()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _join(node: Node, client: Ends, onward: Ends) -> None:
    """Copies bytes both ways until both sides have finished, or one of them breaks."""
    writers = {client[1], onward[1]}
    node.connections |= writers
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_carry(client[0], onward[1]))
            group.create_task(_carry(onward[0], client[1]))
    except* OSError:
        for writer in writers:
            writer.transport.abort()
    finally:
        node.connections -= writers
        for writer in writers:
            writer.close()


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK_BYTES):
        sink.write(data)
        await sink.drain()
    sink.write_eof()


async def balance(host: str, asked: Sequence[Mapping[str, Any]]) -> None:
    """Serves every front; prints one line of JSON when all are listening."""
    fronts = [Front(each["path"], [Node(at, port) for at, port in each["nodes"]]) for each in asked]
    for front, each in zip(fronts, asked, strict=True):
        await front.listen(each["port"], host)
    print(json.dumps({"ready": True}), flush=True)
    async with asyncio.TaskGroup() as group:
        for front in fronts:
            group.create_task(front.watch())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="chaos.backends.balancer")
    parser.add_argument("fronts", type=json.loads)
    parser.add_argument("--host", default=HOST, help="in a container: 0.0.0.0")
    given = parser.parse_args()
    asyncio.run(balance(given.host, given.fronts))
