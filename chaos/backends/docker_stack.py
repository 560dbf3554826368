"""One stack of containers on its way up, on a network of its own, published on loopback only."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import httpx

from chaos.backends.container import Container, says_ready
from chaos.backends.deployments import Deployments, Replica
from chaos.backends.docker_restate import ADMIN, EVERYWHERE, FABRIC, INGRESS, RestateContainers, fronts
from chaos.backends.engine import Blueprint, Engine, EngineRefused
from chaos.backends.identity import public_key
from chaos.backends.managed import start_all, together
from chaos.backends.nodes import node_names
from chaos.backends.ports import HOST, quiet_ports
from chaos.backends.prober import DATA_FOLDER, IMAGES, OWN_CODE, code_of, own_code, probe_from, prober
from chaos.backends.readiness import answers
from chaos.evidence.cluster import Cluster
from chaos.evidence.journal import JournalReader
from chaos.fakes.party import find_parties
from chaos.machine.toolchain import RESTATE_SERVER, TOXIPROXY
from chaos.plan.spec import Modes, StackSpec
from chaos.stack.control import TOKEN_VARIABLE, FakeControl
from chaos.stack.probe import Address
from chaos.stack.stack import Stack, link_names
from chaos.stack.toxiproxy import SERVER_SETTINGS, ToxiproxyClient, ToxiproxyError
from chaos.system.system import System
from chaos.waiting import NotYet

BACKEND = "docker"
STACK = "nexus-chaos.stack"  # the label of everything that one stack has in Docker
TOXIPROXY_API = 8474
ENDPOINT, DATA, CONTROL = 9080, 9091, 9191
MORE_LINKS = 4  # deployments besides the first one
APP_CODE = "/src"


class StartingStack:
    """One stack being started; everything it creates carries its labels, so that it can be taken down at any point."""

    def __init__(
        self,
        engine: Engine,
        app: str,
        folder: Path,
        labels: Mapping[str, str],
        *,
        spec: StackSpec,
        modes: Modes,
        system: System,
    ) -> None:
        self._parties = parties = find_parties(system.parties)
        self._engine = engine
        self._app = app
        self._folder = folder
        self._labels = labels
        self._spec = spec
        self._modes = modes
        self._system = system
        self._name = f"nexus-chaos-{labels[STACK]}"
        self._token = secrets.token_urlsafe(24)
        self._containers: dict[str, Container] = {}
        names = [party.name for party in parties.values()]
        links = len(link_names(names)) + MORE_LINKS + (modes.nodes if modes.nodes > 1 else 0)
        self._ports = iter(quiet_ports(2 + 3 * modes.nodes + len(names) + 1 + links))
        self._ingress_at, self._admin_at = Address(HOST, self._port()), Address(HOST, self._port())
        self._controls = {name: self._port() for name in names}
        self._toxiproxy_api = self._port()
        self._link_ports = [self._port() for _ in range(links)]
        self._prober = ""  # its id
        self._links: dict[str, Address] = {}  # by name: where this machine finds them
        self._toxiproxy = ToxiproxyClient(HOST, self._toxiproxy_api)
        self._http = httpx.AsyncClient(
            trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=512)
        )
        ports = [self._port() for _ in range(3 * modes.nodes)]
        self._restate = RestateContainers(engine, self._add, self._http, modes, ports)
        self._nodes: list[Container] = []
        self._cluster: Cluster | None = None

    async def run(self, capabilities: frozenset[str]) -> Stack:
        await self._engine.make_network(self._name, self._labels)
        upstream = await (self._start_one() if self._modes.nodes == 1 else self._start_cluster())
        identity_key = public_key(await self._nodes[0].new_log()) if self._spec.identity else None
        inner = {"ingress": await self._link("ingress", Address(upstream.host, INGRESS))}
        for name in self._controls:
            inner[name] = await self._link(name, Address(self._containers[name].host, DATA))
        deployments = Deployments(
            launch=partial(self._launch, self._endpoint_environment(inner, identity_key)),
            link=self._link,
            admin=self._admin_at,
            http=self._http,
            protocol=self._modes.protocol,
            system=self._system,
        )
        await deployments.deploy(self._spec.app or self._app, self._spec.endpoints)
        controls = {
            name: FakeControl(f"http://{HOST}:{port}", self._token, self._http) for name, port in self._controls.items()
        }
        return Stack(
            spec=self._spec,
            app=self._app,
            backend=BACKEND,
            modes=self._modes,
            folder=self._folder,
            versions={tool.name: tool.version for tool in (RESTATE_SERVER, TOXIPROXY)}
            | {"docker": self._engine.version},
            capabilities=capabilities,
            targets=self._containers,
            toxiproxy=self._toxiproxy,
            links=self._links,
            deployments=deployments,
            ingress=self._ingress_at,
            admin=self._admin_at,
            parties=controls,
            journal=JournalReader(self._admin_at.url, self._http),
            http=self._http,
            cluster=self._cluster,
            identity_key=identity_key,
            stop=self.stop,
            logs=self._logs,
        )

    async def _start_one(self) -> Container:
        """Starts a stack with one Restate server; returns the server."""
        peers = {"restate": Address("restate", FABRIC)}
        disk = await self._volume("restate", self._spec.restate_disk_mb)

        async def its_volume(_: str) -> str:
            return disk

        self._nodes = await self._restate.make(its_volume, peers, signs=self._spec.identity)
        self._ingress_at, self._admin_at = self._restate.of_the_only_one()
        # A volume in memory lasts while it is in use: the prober keeps it in use.
        await self._add_the_rest(disk if self._spec.restate_disk_mb else None)
        await start_all(self._containers.values())
        return self._nodes[0]

    async def _start_cluster(self) -> Container:
        """The same with several nodes: the links on which they find each other must exist first."""
        await self._add_the_rest(None)
        await self._containers["toxiproxy"].start()
        names = node_names(self._modes.nodes)
        peers = {name: await self._link(name, Address(f"{self._name}-{name}", FABRIC)) for name in names}
        self._nodes = await self._restate.make(self._volume, peers, signs=self._spec.identity)
        self._cluster = self._restate.cluster()
        balancer = await self._add(
            "balancer",
            "fakes",
            [fronts(self._nodes), "--host", EVERYWHERE],
            says_ready,
            entrypoint=["python3", "-m", "chaos.backends.balancer"],
            environment={"PYTHONPATH": OWN_CODE, "PYTHONUNBUFFERED": "1"},
            publish={INGRESS: self._ingress_at.port, ADMIN: self._admin_at.port},
            sources=own_code(),
            folder=OWN_CODE,
        )
        await start_all(each for each in self._containers.values() if not each.is_wanted)
        await self._cluster.comes_together()
        return balancer

    async def _add_the_rest(self, disk: str | None) -> None:
        async with together() as group:
            group.create_task(self._add_toxiproxy())
            group.create_task(self._add_prober(disk))
            for spec, party in self._parties.items():
                group.create_task(self._add_fake(party.name, spec, await self._volume(party.name)))

    async def stop(self) -> None:
        """Removes every container of the stack, its network and its volumes."""
        await self._http.aclose()
        if self._cluster is not None:
            await self._cluster.close()
        await self._engine.remove({STACK: self._labels[STACK]})

    async def _logs(self) -> dict[str, Path]:
        logs = {name: self._folder / f"{name}.log" for name in self._containers}
        await asyncio.gather(*(self._containers[name].save_log(path) for name, path in logs.items()))
        return logs

    def _port(self) -> int:
        return next(self._ports)

    async def _add(
        self,
        name: str,
        image: str,
        command: Sequence[str],
        ready: Callable[[Container], Awaitable[None]],
        *,
        environment: Mapping[str, str],
        publish: Mapping[int, int] | None = None,
        aliases: Sequence[str] = (),
        data: str | None = None,
        sources: Mapping[Path, str] | None = None,
        entrypoint: Sequence[str] | None = None,
        folder: str | None = None,
    ) -> Container:
        """Creates a container; `data` is the volume that keeps its data when it dies."""
        made_from = Blueprint(
            name=f"{self._name}-{name}",
            image=IMAGES + image,
            network=self._name,
            aliases=[name, *aliases],
            labels=self._labels,
            command=command,
            entrypoint=entrypoint,
            environment=environment,
            ports=publish or {},
            volumes={data: DATA_FOLDER} if data else {},
            sources=sources or {},
            folder=folder,
        )
        container = Container(self._engine, made_from, await self._engine.make_container(made_from), ready)
        self._containers[name] = container
        return container

    async def _add_toxiproxy(self) -> None:
        await self._add(
            "toxiproxy",
            "toxiproxy",
            ["-host", EVERYWHERE],
            self._toxiproxy_ready,
            environment=SERVER_SETTINGS,
            publish={TOXIPROXY_API: self._toxiproxy_api} | {port: port for port in self._link_ports},
        )

    async def _toxiproxy_ready(self, _: Container) -> None:
        """Ready when it answers and, after a restart, all its links are there again, intact."""
        await answers(self._http, f"http://{HOST}:{self._toxiproxy_api}/version")
        try:
            await self._toxiproxy.restore()
        except ToxiproxyError as error:
            raise NotYet(str(error)) from error

    async def _add_fake(self, name: str, party: str, data: str) -> None:
        command = [party, "--ledger", f"{DATA_FOLDER}/ledger.sqlite", "--host", EVERYWHERE]
        command += ["--data-port", str(DATA), "--control-port", str(CONTROL)]
        await self._add(
            name,
            "fakes",
            command,
            says_ready,
            environment={TOKEN_VARIABLE: self._token, "PYTHONPATH": OWN_CODE},
            publish={CONTROL: self._controls[name]},
            sources=own_code() | code_of(party),
            folder=OWN_CODE,
            data=data,
        )

    async def _add_prober(self, disk: str | None) -> None:
        made_from = prober(f"{self._name}-prober", self._name, self._labels, disk)
        self._prober = await self._engine.make_container(made_from)
        await self._engine.start(self._prober)

    async def _volume(self, name: str, size_mb: int | None = None) -> str:
        volume = f"{self._name}-{name}"
        await self._engine.make_volume(volume, self._labels, size_mb)
        return volume

    async def _link(self, name: str, upstream: Address) -> Address:
        """Creates a link and returns where the containers find it."""
        if not self._link_ports:
            raise EngineRefused(f"link {name}: a stack has room for {MORE_LINKS} deployments besides the first")
        port = self._link_ports.pop(0)
        await self._toxiproxy.create(name, f"{upstream.host}:{upstream.port}", port, host=EVERYWHERE)
        self._links[name] = Address(HOST, port, partial(probe_from, self._engine, self._prober, port))
        return Address("toxiproxy", port)

    async def _launch(
        self, environment: Mapping[str, str], name: str, app: str, replicas: int
    ) -> tuple[Sequence[Replica], Address]:
        """The endpoints of one deployment, all under one name."""
        command = [app, "--host", EVERYWHERE, "--port", str(ENDPOINT)]
        async with together() as group:
            tasks = [
                group.create_task(
                    self._add(
                        f"{name}-{number}",
                        "services",
                        command,
                        says_ready,
                        environment=environment,
                        aliases=[name],
                        sources=own_code() | {Path.cwd(): APP_CODE},
                        folder=APP_CODE,
                    )
                )
                for number in range(replicas)
            ]
        made = [task.result() for task in tasks]
        await start_all(made)
        return made, Address(name, ENDPOINT)

    def _endpoint_environment(self, links: Mapping[str, Address], identity_key: str | None) -> dict[str, str]:
        told = {party.url_variable: links[party.name].url for party in self._parties.values()}
        return (
            self._spec.settings.environment()
            | told
            | {
                "PYTHONPATH": f"{APP_CODE}:{OWN_CODE}",
                "NEXUS_RESTATE_INGRESS_URL": links["ingress"].url,
                "NEXUS_IDENTITY_KEYS": identity_key or "",
            }
        )
