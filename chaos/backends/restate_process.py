"""Restate as plain processes: one server, or the nodes of a cluster and the balancer in front of them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx

from chaos.backends.logs import json_lines
from chaos.backends.managed import PYTHON, ManagedProcess, says_ready
from chaos.backends.nodes import cluster_settings, node_names
from chaos.backends.ports import HOST, quiet_ports
from chaos.backends.readiness import answers
from chaos.backends.restate_settings import ADMIN_HEALTH, INGRESS_HEALTH
from chaos.evidence.cluster import Cluster
from chaos.stack.probe import Address
from chaos.waiting import NotYet

DATA = "restate"  # the folder of all nodes' data, each in a subfolder of its own name


class _Ports(NamedTuple):
    ingress: int
    admin: int
    fabric: int


class RestateProcesses:
    """Creates the processes of one stack; the caller starts them. `environment` is what all of them get."""

    def __init__(self, server: Path, folder: Path, environment: Mapping[str, str], http: httpx.AsyncClient) -> None:
        self._server = server
        self._folder = folder
        self._environment = {name: value for name, value in environment.items() if not name.startswith("RESTATE_")}
        self._http = http

    def single(self, settings: dict[str, str]) -> ManagedProcess:
        """One server, on ports that the kernel chooses."""
        return self._process("restate", settings | {"RESTATE_USE_RANDOM_PORTS": "true"}, self._ready)

    async def _ready(self, process: ManagedProcess) -> None:
        ports = _said_ports(process)
        for server, path in (("admin-api-server", ADMIN_HEALTH), ("http-ingress-server", INGRESS_HEALTH)):
            if server not in ports:
                raise NotYet(f"{server} does not listen yet")
            await answers(self._http, f"http://{HOST}:{ports[server]}{path}")

    @staticmethod
    def fix_ports(process: ManagedProcess) -> tuple[Address, Address]:
        """Pins the ports the kernel chose, so that a restarted server is found there. Returns ingress and admin API."""
        said = _said_ports(process)
        ports = _Ports(said["http-ingress-server"], said["admin-api-server"], said["message-fabric-server"])
        process.environment |= {"RESTATE_USE_RANDOM_PORTS": "false"} | _port_settings(ports)
        return Address(HOST, ports.ingress), Address(HOST, ports.admin)

    async def cluster(
        self, nodes: int, settings: dict[str, str], link: Callable[[str, Address], Awaitable[Address]]
    ) -> tuple[list[ManagedProcess], Cluster]:
        """The nodes, each behind a link that its peers use, and the client that asks what they say about each other."""
        chosen = quiet_ports(len(_Ports._fields) * nodes)
        self._ports = {name: _Ports(*(chosen.pop() for _ in _Ports._fields)) for name in node_names(nodes)}
        peers = {name: await link(name, Address(HOST, ports.fabric)) for name, ports in self._ports.items()}
        made = [
            self._process(name, settings | cluster_settings(name, peers) | _port_settings(ports), self._node_ready)
            for name, ports in self._ports.items()
        ]
        return made, Cluster({name: Address(HOST, ports.fabric).url for name, ports in self._ports.items()})

    async def _node_ready(self, process: ManagedProcess) -> None:
        ports = self._ports[process.name]
        await answers(self._http, f"http://{HOST}:{ports.admin}{ADMIN_HEALTH}")
        await answers(self._http, f"http://{HOST}:{ports.ingress}{INGRESS_HEALTH}")

    def balancer(self, ingress: int, admin: int) -> ManagedProcess:
        """The balancer: one ingress and one admin API for all the nodes of the cluster."""
        fronts = [
            {"port": ingress, "path": INGRESS_HEALTH, "nodes": [[HOST, each.ingress] for each in self._ports.values()]},
            {"port": admin, "path": ADMIN_HEALTH, "nodes": [[HOST, each.admin] for each in self._ports.values()]},
        ]
        command = [*PYTHON, "-m", "chaos.backends.balancer", json.dumps(fronts)]
        return ManagedProcess("balancer", command, self._environment, self._log("balancer"), says_ready)

    def _process(
        self, name: str, settings: dict[str, str], ready: Callable[[ManagedProcess], Awaitable[None]]
    ) -> ManagedProcess:
        environment = self._environment | settings
        environment |= {"RESTATE_BIND_IP": HOST, "RESTATE_BASE_DIR": str(self._folder / DATA)}
        return ManagedProcess(name, [str(self._server)], environment, self._log(name), ready)

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"


def _port_settings(ports: _Ports) -> dict[str, str]:
    return {
        "RESTATE_INGRESS__BIND_PORT": str(ports.ingress),
        "RESTATE_ADMIN__BIND_PORT": str(ports.admin),
        "RESTATE_BIND_PORT": str(ports.fabric),
    }


def _said_ports(process: ManagedProcess) -> dict[str, int]:
    """The ports Restate says it listens on, by server name, from its JSON log."""
    spans = [line.get("span", {}) for line in json_lines(process.new_log()) if "listening" in _message(line)]
    return {span["server_name"]: span["server.port"] for span in spans if "server_name" in span}


def _message(line: dict[str, object]) -> str:
    fields = line.get("fields")
    return str(fields.get("message", "")) if isinstance(fields, dict) else ""
