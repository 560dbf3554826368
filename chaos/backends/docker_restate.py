"""Restate in containers: one server, or the nodes of a cluster and the balancer in front of them."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import httpx

from chaos.backends.container import Container
from chaos.backends.engine import Engine
from chaos.backends.identity import write_key
from chaos.backends.nodes import cluster_settings, node_names
from chaos.backends.ports import HOST
from chaos.backends.prober import DATA_FOLDER
from chaos.backends.readiness import answers
from chaos.backends.restate_settings import ADMIN_HEALTH, INGRESS_HEALTH, restate_settings
from chaos.evidence.cluster import Cluster
from chaos.plan.spec import Modes
from chaos.stack.probe import Address

EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside a container, whose ports are published on loopback only
INGRESS, ADMIN, FABRIC = 8080, 9070, 5122
KEY_FILE = f"{DATA_FOLDER}/identity.pem"


class Add(Protocol):
    """Creates a container of the stack."""

    async def __call__(
        self,
        name: str,
        image: str,
        command: Sequence[str],
        ready: Callable[[Container], Awaitable[None]],
        *,
        environment: Mapping[str, str],
        publish: Mapping[int, int] | None = None,
        data: str | None = None,
    ) -> Container: ...


class Published(NamedTuple):
    """Where this machine finds a node's ports."""

    ingress: int
    admin: int
    fabric: int

    def publish(self) -> dict[int, int]:
        return {INGRESS: self.ingress, ADMIN: self.admin, FABRIC: self.fabric}


class RestateContainers:
    """Creates the containers of one stack; the caller starts them. `ports` has three for each node."""

    def __init__(self, engine: Engine, add: Add, http: httpx.AsyncClient, modes: Modes, ports: list[int]) -> None:
        self._engine = engine
        self._add = add
        self._http = http
        self._modes = modes
        self._names = node_names(modes.nodes)
        self._ports = {name: Published(*ports[3 * number :][:3]) for number, name in enumerate(self._names)}

    async def make(
        self, volume: Callable[[str], Awaitable[str]], peers: Mapping[str, Address], *, signs: bool
    ) -> list[Container]:
        """One container per node; `peers` is where they find each other, as the cluster is to know them."""
        key = await asyncio.to_thread(_new_key) if signs else None
        return [await self._node(name, await volume(name), peers, key) for name in self._names]

    async def _node(self, name: str, data: str, peers: Mapping[str, Address], key: bytes | None) -> Container:
        # The name stands for the node, whose address may change when it is restarted.
        environment = {"RESTATE_NODE_NAME": name, "RESTATE_ADVERTISED_ADDRESS": peers[name].url}
        container = await self._add(
            name,
            "restate-server",
            [],
            self._ready,
            environment=restate_settings(self._modes, KEY_FILE if key else None)
            | environment
            | cluster_settings(name, peers),
            publish=self._ports[name].publish(),
            data=data,
        )
        if key:
            await self._engine.put_file(container.id, KEY_FILE, key)
        return container

    async def _ready(self, node: Container) -> None:
        ports = self._ports[node.name]
        await answers(self._http, f"http://{HOST}:{ports.admin}{ADMIN_HEALTH}")
        await answers(self._http, f"http://{HOST}:{ports.ingress}{INGRESS_HEALTH}")

    def of_the_only_one(self) -> tuple[Address, Address]:
        """Where this machine finds the ingress and the admin API of the only server."""
        (ports,) = self._ports.values()
        return Address(HOST, ports.ingress), Address(HOST, ports.admin)

    def cluster(self) -> Cluster:
        """The cluster client, which asks what the nodes say about each other."""
        return Cluster({name: Address(HOST, ports.fabric).url for name, ports in self._ports.items()})


def fronts(nodes: list[Container]) -> str:
    """What the balancer of these nodes, in its own container, is told to serve."""
    hosts = [node.host for node in nodes]
    return json.dumps(
        [
            {"port": INGRESS, "path": INGRESS_HEALTH, "nodes": [[host, INGRESS] for host in hosts]},
            {"port": ADMIN, "path": ADMIN_HEALTH, "nodes": [[host, ADMIN] for host in hosts]},
        ]
    )


def _new_key() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "identity.pem"
        write_key(key)
        return key.read_bytes()
