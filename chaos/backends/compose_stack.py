"""A stack that Compose has started, as the suite needs it: links are probed from inside its network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from chaos.backends.container import Container, says_ready
from chaos.backends.docker_restate import ADMIN, INGRESS
from chaos.backends.docker_stack import CONTROL, TOXIPROXY_API
from chaos.backends.engine import Blueprint, Engine, EngineRefused
from chaos.backends.ports import HOST
from chaos.backends.prober import probe_from
from chaos.backends.readiness import answers
from chaos.errors import BadInput, CannotDo, WaitTimedOut
from chaos.evidence.journal import JournalReader
from chaos.plan.spec import Modes, StackSpec
from chaos.stack.control import FakeControl
from chaos.stack.probe import Address
from chaos.stack.soundness import what_is_broken
from chaos.stack.stack import Stack, link_names
from chaos.stack.toxiproxy import ToxiproxyClient, ToxiproxyError
from chaos.system.system import NO_SYSTEM, System
from chaos.waiting import NotYet, until

BACKEND = "compose"
READY_WITHIN_S = 60  # it may only just have been started
WHERE = f"--chaos-backend {BACKEND}"
UP = "docker compose -f docker-compose.chaos.yml --profile single up --detach"
ANEW = f"bring it up anew: {UP} --force-recreate"


@dataclass(frozen=True)
class Part:
    """One container of the stack: the name by which plans know it, its service, and what Docker says about it."""

    name: str
    service: str
    said: Mapping[str, Any]

    @property
    def network(self) -> str:
        network: str = self.said["HostConfig"]["NetworkMode"]
        return network

    @property
    def environment(self) -> dict[str, str]:
        return dict(variable.partition("=")[::2] for variable in self.said["Config"]["Env"])

    def publishes(self, port: int) -> bool:
        """Whether this machine can reach one of its ports."""
        return bool((self.said["HostConfig"]["PortBindings"] or {}).get(f"{port}/tcp"))

    def published(self, port: int) -> int:
        """Where this machine reaches one of its ports. Raises BadInput when it is not published."""
        bindings = (self.said["HostConfig"]["PortBindings"] or {}).get(f"{port}/tcp")
        if not bindings:
            raise BadInput(f"{self.name} does not publish its port {port}", where=WHERE, next_step=ANEW)
        return int(bindings[0]["HostPort"])


class ComposedStack:
    """A stack that is not the suite's own. Nothing is created in it, and nothing in it is removed."""

    def __init__(
        self,
        engine: Engine,
        parts: Mapping[str, Part],
        parties: Sequence[str],
        http: httpx.AsyncClient,
        system: System = NO_SYSTEM,
    ) -> None:
        self._parties = parties  # their names
        self._engine = engine
        self._parts = parts
        self._http = http
        self._system = system
        self._admin = Address(HOST, parts["restate"].published(ADMIN))
        self._toxiproxy = ToxiproxyClient(HOST, parts["toxiproxy"].published(TOXIPROXY_API))
        self._containers = {name: self._container(part) for name, part in parts.items()}

    def _container(self, part: Part) -> Container:
        ready = {"restate": self._restate_ready, "toxiproxy": self._toxiproxy_ready}.get(part.service, says_ready)
        made_from = Blueprint(
            name=part.said["Name"].removeprefix("/"),
            image=part.said["Config"]["Image"],
            network=part.network,
            aliases=list(dict.fromkeys([part.name, part.service])),
            labels={},
            command=[],
        )
        container = Container(self._engine, made_from, part.said["Id"], ready)
        container.is_wanted = True
        return container

    async def attach(self, spec: StackSpec, capabilities: frozenset[str], prober: str, folder: Path, run: str) -> Stack:
        """The stack to run plans on; links are probed from the container `prober`.

        Raises CannotDo when the plan needs a different stack, BadInput when this one is not sound.
        """
        self._check(spec)
        await self._wait()
        links = await self._links(prober)
        controls = await self._controls()
        stack = Stack(
            spec=spec,
            app=self._parts["endpoint-0"].said["Config"]["Cmd"][0],
            backend=BACKEND,
            modes=Modes(),
            folder=folder,
            versions={"docker": self._engine.version, "toxiproxy": await self._toxiproxy.version()},
            capabilities=capabilities,
            targets=self._containers,
            toxiproxy=self._toxiproxy,
            links=links,
            deployments=_Fixed(),
            ingress=links["ingress"],
            admin=self._admin,
            parties=controls,
            journal=JournalReader(self._admin.url, self._http),
            http=self._http,
            identity_key=await self._read("endpoint-0", "/keys/identity.pub"),
            stop=self._http.aclose,
            logs=partial(self._logs, folder),
            mark=run,
        )
        broken = await what_is_broken(stack)
        if broken:
            raise BadInput(f"the stack is not whole: {'; '.join(broken)}", where=WHERE, next_step=ANEW)
        return stack

    async def make_whole(self) -> None:
        """Undoes whatever a run may have done to it, after that run has died."""
        for container in self._containers.values():
            await container.resume()
            await container.rejoin()
            await container.limit_cpu(None)
            await container.limit_memory(None)
        gone = [each for each in self._containers.values() if await each.look() == "gone"]
        await asyncio.gather(*(each.start() for each in gone))
        for name, link in (await self._toxiproxy.adopt()).items():
            await self._toxiproxy.enable(name)
            for toxic in link.toxics:
                await self._toxiproxy.remove_toxic(name, toxic.name)
        for control in (await self._controls()).values():
            for rule in await control.rules():
                await control.remove_rule(rule["id"])

    def _check(self, spec: StackSpec) -> None:
        """Whether the plan can run on the running stack."""
        endpoints = [part for part in self._parts.values() if part.service == "endpoint"]
        runs = endpoints[0].environment
        others = {name: value for name, value in spec.settings.environment().items() if runs.get(name) != value}
        lacks = {
            "it to itself": spec.own,
            f"to begin with {spec.app}": spec.app is not None,
            f"{spec.endpoints} endpoints, and {len(endpoints)} run": spec.endpoints > len(endpoints),
            " ".join(f"{name}={value}" for name, value in others.items()): bool(others),
        }
        for what, is_lacking in lacks.items():
            if is_lacking:
                raise CannotDo(f"the plan wants {what}", where="stack", next_step="use --chaos-backend docker")

    async def _wait(self) -> None:
        async def ready() -> None:
            for container in self._containers.values():
                await container.check_ready()
            answer = await self._http.get(f"{self._admin.url}/services")
            missing = self._system.missing_handlers(answer.raise_for_status().json()["services"])
            if missing:
                raise NotYet(f"Restate knows no {', '.join(missing)}")

        try:
            await until(ready, "the stack to be ready", READY_WITHIN_S, 0.1)
        except WaitTimedOut as error:
            raise BadInput(str(error), where=WHERE, next_step="look at its logs: docker compose logs") from error

    async def _links(self, prober: str) -> dict[str, Address]:
        """Those that are not published can only be probed from their network."""
        found = await self._toxiproxy.adopt()
        wanted = link_names(self._parties)
        if not found.keys() >= set(wanted):
            raise BadInput(f"its links are {', '.join(found)}", where=WHERE, allowed=", ".join(wanted), next_step=ANEW)
        inner = {name: int(link.listen.rpartition(":")[2]) for name, link in found.items()}
        ports = inner | {"ingress": self._parts["toxiproxy"].published(INGRESS)}
        return {
            name: Address(HOST, port, partial(probe_from, self._engine, prober, inner[name]))
            for name, port in ports.items()
        }

    async def _restate_ready(self, container: Container) -> None:
        await answers(self._http, f"{self._admin.url}/health")
        try:
            await container.run("healthy", str(INGRESS), "/restate/health")  # whatever happens to its link
        except EngineRefused as error:
            raise NotYet(str(error)) from error

    async def _toxiproxy_ready(self, _: Container) -> None:
        try:
            await self._toxiproxy.restore()
        except ToxiproxyError as error:
            raise NotYet(str(error)) from error

    async def _controls(self) -> dict[str, FakeControl]:
        controls = {}
        for name in self._parties:
            url = f"http://{HOST}:{self._parts[name].published(CONTROL)}"
            controls[name] = FakeControl(url, await self._read(name, "/keys/control.token"), self._http)
        return controls

    async def _read(self, name: str, path: str) -> str:
        return (await self._containers[name].run("cat", path)).strip()

    async def _logs(self, folder: Path) -> dict[str, Path]:
        logs = {name: folder / f"{name}.log" for name in self._containers}
        await asyncio.gather(*(self._containers[name].save_log(path) for name, path in logs.items()))
        return logs


class _Fixed:
    """The one version of the app that Compose has started. No fault that needs another gets this far."""

    async def deploy(self, app: str, replicas: int) -> str:
        raise CannotDo(f"{app}: compose has started what there is ({replicas} more wanted)", where=WHERE)

    async def again(self, deployment_id: str) -> None:
        raise CannotDo(f"{deployment_id} is compose's own", where=WHERE)

    async def retire(self, deployment_id: str) -> None:
        raise CannotDo(f"{deployment_id} is compose's own", where=WHERE)
