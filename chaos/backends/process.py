"""The process backend: the whole stack as plain processes on loopback, no Docker and no root needed."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from chaos.backends.clock import faketime
from chaos.backends.deployments import Deployments, Replica
from chaos.backends.identity import public_key, write_key
from chaos.backends.managed import PYTHON, ManagedProcess, says_ready, start_all
from chaos.backends.nodes import check_memory
from chaos.backends.ports import HOST, free_port, listening_port
from chaos.backends.readiness import answers
from chaos.backends.replica import replica, run_environment
from chaos.backends.restate_process import DATA, RestateProcesses
from chaos.backends.restate_settings import restate_settings
from chaos.evidence.cluster import Cluster
from chaos.evidence.journal import JournalReader
from chaos.fakes.party import find_parties
from chaos.machine.serving import reserve_port
from chaos.machine.toolchain import ToolchainSettings, Tools, find_tools
from chaos.plan.spec import Modes, StackSpec
from chaos.stack.control import TOKEN_VARIABLE, FakeControl
from chaos.stack.probe import Address
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import SERVER_SETTINGS, ToxiproxyClient, ToxiproxyError
from chaos.system.system import NO_SYSTEM, System
from chaos.waiting import NotYet

NO_MODES = Modes()


class ProcessBackend:
    """Starts stacks of plain processes. `scratch` is the run's own folder; the reaper removes it with everything."""

    name = "process"

    def __init__(
        self, tools: Tools, app: str, run_id: str, scratch: Path, *, modes: Modes = NO_MODES, system: System = NO_SYSTEM
    ) -> None:
        self._tools = tools
        self._app = app
        self._run_id = run_id
        self._scratch = scratch
        self._modes = modes
        self._system = system
        self._started = 0

    @classmethod
    async def open(
        cls, app: str, run_id: str, scratch: Path, modes: Modes, *, progress: Callable[[str], None], system: System
    ) -> ProcessBackend:
        """Finds the programs, installing them first if needed. Raises BadInput or ToolMissing."""
        return cls(await find_tools(ToolchainSettings(), progress), app, run_id, scratch, modes=modes, system=system)

    async def close(self) -> list[str]:
        """What is left that is not a process; stacks are stopped separately."""
        return []

    @staticmethod
    def capabilities() -> frozenset[str]:
        """The capabilities of this backend on this machine, which faults may need."""
        able = frozenset({"process", "link", "third party", "deploy", "log", "settings"})
        return able | {"clock"} if faketime() else able

    async def start(self, spec: StackSpec, *, links: bool = True) -> Stack:
        """Brings up a whole stack and registers the app. Raises StartFailed or BadInput, with nothing left behind.

        Without `links` everyone talks directly to the services and no link can be broken: to measure what links cost.
        """
        check_memory(self._modes.nodes)
        self._started += 1
        folder = self._scratch / f"stack-{self._modes.nodes}-{self._started}"
        folder.mkdir(parents=True)
        starting = _Starting(
            self._tools, self._app, self._run_id, folder, spec=spec, modes=self._modes, system=self._system
        )
        try:
            return await starting.run(
                (self.capabilities() | self._modes.capabilities) - (frozenset() if links else {"link"})
            )
        except BaseException:
            await starting.stop()
            raise


class _Starting:
    """One stack being started; holds what has been started, so that it can be taken down at any point."""

    def __init__(
        self, tools: Tools, app: str, run_id: str, folder: Path, *, spec: StackSpec, modes: Modes, system: System
    ) -> None:
        self._tools = tools
        self._app = app
        self._folder = folder
        self._spec = spec
        self._modes = modes
        self._system = system
        self._parties = find_parties(system.parties)
        self._token = secrets.token_urlsafe(24)
        self._environment = run_environment(run_id, folder)
        self._processes: dict[str, ManagedProcess] = {}
        self._toxiproxy: ToxiproxyClient | None = None  # once it runs
        self._restate: list[ManagedProcess] = []
        self._cluster: Cluster | None = None
        self._links: dict[str, Address] = {}
        self._can_link = True
        self._reserved: list[socket.socket] = []
        self._http = httpx.AsyncClient(
            trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=512)
        )

    async def run(self, capabilities: frozenset[str]) -> Stack:
        self._can_link = "link" in capabilities
        ports = {party.name: self._reserve(2) for party in self._parties.values()}
        self._add_toxiproxy()
        for party_spec, party in self._parties.items():
            self._add_fake(party.name, party_spec, ports[party.name])
        toxiproxy, ingress, admin = await (self._start_one() if self._modes.nodes == 1 else self._start_cluster())
        identity_key = public_key(self._restate[0].new_log()) if self._spec.identity else None
        await self._link("ingress", ingress)
        for name, (data, _) in ports.items():
            await self._link(name, Address(HOST, data))
        deployments = Deployments(
            launch=partial(self._launch, self._endpoint_environment(self._links, identity_key)),
            link=self._link,
            admin=admin,
            http=self._http,
            protocol=self._modes.protocol,
            system=self._system,
        )
        await deployments.deploy(self._spec.app or self._app, self._spec.endpoints)
        return Stack(
            spec=self._spec,
            app=self._app,
            backend=ProcessBackend.name,
            modes=self._modes,
            folder=self._folder,
            versions=self._tools.versions,
            capabilities=capabilities,
            targets=self._processes,
            toxiproxy=toxiproxy,
            links=self._links,
            deployments=deployments,
            ingress=ingress,
            admin=admin,
            parties={
                name: FakeControl(f"http://{HOST}:{port}", self._token, self._http) for name, (_, port) in ports.items()
            },
            journal=JournalReader(admin.url, self._http),
            http=self._http,
            cluster=self._cluster,
            identity_key=identity_key,
            stop=self.stop,
            log_bytes=self._log_bytes,
            logs=self._logs,
        )

    async def _start_one(self) -> tuple[ToxiproxyClient, Address, Address]:
        """Starts a stack with one Restate server, all in parallel. Returns the links' client, ingress and admin API."""
        makes, settings = self._restate_maker()
        self._restate = [makes.single(settings)]
        self._add(self._restate[0])
        await start_all(self._processes.values())
        return self._fix_toxiproxy_port(), *makes.fix_ports(self._restate[0])

    async def _start_cluster(self) -> tuple[ToxiproxyClient, Address, Address]:
        """The same with several nodes: the links on which they find each other must exist first."""
        await self._processes["toxiproxy"].start()
        toxiproxy = self._fix_toxiproxy_port()
        makes, settings = self._restate_maker()
        self._restate, self._cluster = await makes.cluster(self._modes.nodes, settings, self._link)
        ingress, admin = self._reserve(2)
        for process in (*self._restate, makes.balancer(ingress, admin)):
            self._add(process)
        await start_all(process for process in self._processes.values() if not process.is_wanted)
        await self._cluster.comes_together()
        return toxiproxy, Address(HOST, ingress), Address(HOST, admin)

    def _restate_maker(self) -> tuple[RestateProcesses, dict[str, str]]:
        key = self._folder / "identity.pem"
        if self._spec.identity:
            write_key(key)
        settings = restate_settings(self._modes, str(key) if self._spec.identity else None)
        return RestateProcesses(self._tools.restate_server, self._folder, self._environment, self._http), settings

    async def _link(self, name: str, upstream: Address) -> Address:
        """Creates a link, if links are used; returns where its clients find it."""
        if self._can_link and self._toxiproxy is not None:
            listener = await self._toxiproxy.create(name, f"{upstream.host}:{upstream.port}")
            upstream = Address(listener.host, listener.port)
        self._links[name] = upstream
        return upstream

    async def _logs(self) -> dict[str, Path]:
        return {name: process.log for name, process in self._processes.items()}

    async def stop(self) -> None:
        """Ends every process of the stack and removes its data; logs stay until the run's scratch folder goes."""
        async with asyncio.TaskGroup() as group:
            for process in self._processes.values():
                group.create_task(process.kill())
        for reserved in self._reserved:
            reserved.close()
        await self._http.aclose()
        if self._cluster is not None:
            await self._cluster.close()
        await asyncio.to_thread(shutil.rmtree, self._folder / DATA, ignore_errors=True)

    def _reserve(self, count: int) -> list[int]:
        sockets = [reserve_port() for _ in range(count)]
        self._reserved.extend(sockets)
        return [each.getsockname()[1] for each in sockets]

    def _add(self, process: ManagedProcess) -> None:
        self._processes[process.name] = process

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _log_bytes(self) -> int:
        """The total size of Restate's write-ahead log; blocking."""
        total = 0
        for path in (self._folder / DATA).glob("*/log-store/*.log"):
            with contextlib.suppress(FileNotFoundError):  # an old file is removed once a new one has begun
                total += path.stat().st_size
        return total

    def _add_toxiproxy(self) -> None:
        command = [str(self._tools.toxiproxy), "-host", HOST, "-port", "0"]
        environment = self._environment | SERVER_SETTINGS
        self._add(ManagedProcess("toxiproxy", command, environment, self._log("toxiproxy"), self._toxiproxy_ready))

    async def _toxiproxy_ready(self, process: ManagedProcess) -> None:
        """Ready when it answers and, after a restart, all its links are there again, intact."""
        if self._toxiproxy is None:
            await answers(self._http, f"http://{HOST}:{listening_port(process)}/version")
            return
        try:
            await self._toxiproxy.restore()
        except ToxiproxyError as error:  # not up yet, or a port is briefly taken
            raise NotYet(str(error)) from error

    def _fix_toxiproxy_port(self) -> ToxiproxyClient:
        """Pins the port that the kernel chose, so that the client finds a restarted Toxiproxy where it was."""
        process = self._processes["toxiproxy"]
        port = listening_port(process)
        process.command[-1] = str(port)
        self._toxiproxy = ToxiproxyClient(HOST, port)
        return self._toxiproxy

    def _add_fake(self, name: str, party: str, ports: Sequence[int]) -> None:
        command = [*PYTHON, "-m", "chaos.fakes", party, "--ledger", str(self._folder / f"{name}.sqlite")]
        command += ["--data-port", str(ports[0]), "--control-port", str(ports[1])]
        environment = self._environment | {TOKEN_VARIABLE: self._token}
        self._add(ManagedProcess(name, command, environment, self._log(name), says_ready))

    async def _launch(
        self, environment: Mapping[str, str], name: str, app: str, replicas: int
    ) -> tuple[Sequence[Replica], Address]:
        """The endpoints of one deployment. A command gets only one: it may be unable to share its port."""
        any_program = app.startswith("cmd:")
        port = free_port() if any_program else self._reserve(1)[0]
        group = [
            replica(f"{name}-{number}", app, port, environment, self._log(f"{name}-{number}"))
            for number in range(1 if any_program else replicas)
        ]
        self._processes.update({process.name: process for process in group})
        await start_all(group)
        return group, Address(HOST, port)

    def _endpoint_environment(self, links: Mapping[str, Address], identity_key: str | None) -> dict[str, str]:
        return (
            self._environment
            | self._spec.settings.environment()
            | {party.url_variable: links[party.name].url for party in self._parties.values()}
            | {
                "NEXUS_RESTATE_INGRESS_URL": links["ingress"].url,
                "NEXUS_IDENTITY_KEYS": identity_key or "",
            }
        )
