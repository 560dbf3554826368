"""The compose backend: attaches to the stack that `docker compose up` has started, and removes nothing in it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence, Set
from dataclasses import replace
from pathlib import Path

import httpx

from chaos.backends.compose_stack import BACKEND, UP, WHERE, ComposedStack, Part
from chaos.backends.docker_stack import CONTROL
from chaos.backends.engine import RUN, SCRATCH, Engine
from chaos.backends.prober import prober
from chaos.errors import BadInput, ChaosError
from chaos.fakes.party import find_parties
from chaos.machine.marks import ATTACHED_FILE, ENGINE_FILE
from chaos.plan.spec import Modes, StackSpec
from chaos.stack.stack import Stack
from chaos.system.system import System

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
SERVICES = ("restate", "toxiproxy", "endpoint")  # and the third parties, each under its own name
CHOSEN_BY = "COMPOSE_PROJECT_NAME"


class ComposeBackend:
    """Attaches to a running stack of docker-compose.chaos.yml: the only one, or the one COMPOSE_PROJECT_NAME names.

    All it creates is a prober on the stack's network, at most one: two sessions would spoil each other's runs.
    """

    name = BACKEND

    def __init__(self, engine: Engine, project: str, run_id: str, scratch: Path, system: System) -> None:
        self._engine = engine
        self._project = project
        self._run_id = run_id
        self._scratch = scratch
        self._system = system
        self._names = names_of(system.parties)
        self._prober = ""  # its id
        self._attached = 0

    @classmethod
    async def open(
        cls, _app: str, run_id: str, scratch: Path, modes: Modes, *, progress: Callable[[str], None], system: System
    ) -> ComposeBackend:
        """Raises BadInput when Docker cannot be used, or no such stack runs. App and modes are those of the stack."""
        if modes.nodes > 1:
            raise BadInput("the running stack has one Restate node", where="nodes", allowed="1")
        progress("looking for the stack that Compose has started")
        engine = await Engine.connect()
        try:
            project = await _find_project(engine, {*SERVICES, *names_of(system.parties)})
        except BaseException:
            await engine.close()
            raise
        (scratch / ENGINE_FILE).touch()  # both for the reaper
        (scratch / ATTACHED_FILE).write_text(project, "utf-8")
        return cls(engine, project, run_id, scratch, system)

    async def close(self) -> list[str]:
        """Disconnects from Docker; says what the run still has there. The stack itself is not the run's."""
        try:
            return await self._engine.left({RUN: self._run_id})
        finally:
            await self._engine.close()

    @staticmethod
    def capabilities() -> frozenset[str]:
        """The capabilities of this backend, which faults may need."""
        return frozenset({"process", "link", "third party", "container"})

    async def start(self, spec: StackSpec) -> Stack:
        """Attaches. Raises CannotDo when the plan needs a different stack, BadInput when this one is not sound."""
        self._attached += 1
        folder = self._scratch / f"stack-{self._attached}"
        folder.mkdir(parents=True)
        parts = await _parts(self._engine, self._project, {*SERVICES, *self._names})
        if not self._prober:
            labels = {RUN: self._run_id, SCRATCH: str(self._scratch)}
            made_from = prober(f"{self._project}-nexus-chaos-prober", parts["toxiproxy"].network, labels)
            self._prober = await self._engine.make_container(made_from)
            await self._engine.start(self._prober)
        http = httpx.AsyncClient(
            trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=512)
        )
        try:
            stack = ComposedStack(self._engine, parts, self._names, http, self._system)
            return await stack.attach(spec, self.capabilities(), self._prober, folder, self._run_id)
        except BaseException:
            await http.aclose()
            raise


def names_of(parties: Sequence[str]) -> list[str]:
    """The names of third parties that are given as "module:NAME"."""
    return [party.name for party in find_parties(parties).values()]


async def make_whole(project: str) -> None:
    """Undoes whatever a dead run may have done to the stack it was attached to. Raises ChaosError if it cannot."""
    async with _connected() as engine, httpx.AsyncClient(trust_env=False) as http:
        try:
            parts = await _parts(engine, project, set(SERVICES), all_=True)
            parties = [name for name, part in parts.items() if part.publishes(CONTROL)]
            await ComposedStack(engine, parts, parties, http).make_whole()
        except httpx.HTTPError as error:
            raise ChaosError(f"{project} does not answer: {error!r}") from error


@contextlib.asynccontextmanager
async def _connected() -> AsyncIterator[Engine]:
    engine = await Engine.connect()
    try:
        yield engine
    finally:
        await engine.close()


async def _find_project(engine: Engine, needed: Set[str]) -> str:
    chosen = os.environ.get(CHOSEN_BY, "")
    services: dict[str, set[str]] = {}
    for labels in (await engine.containers({PROJECT: chosen})).values():
        services.setdefault(labels[PROJECT], set()).add(labels[SERVICE])
    whole = [project for project, found in services.items() if found >= needed]
    if len(whole) == 1:
        return whole[0]
    if whole:
        raise BadInput(
            "several such stacks run", where=CHOSEN_BY, allowed=", ".join(sorted(whole)), next_step="name one there"
        )
    run = [f"{project} ({', '.join(sorted(found))})" for project, found in sorted(services.items())]
    raise BadInput(
        f"no whole stack of docker-compose.chaos.yml runs{f' as {chosen}' if chosen else ''}; "
        f"of compose's there are: {'; '.join(run) or 'none'}",
        where=WHERE,
        allowed=f"a stack in which {', '.join(sorted(needed))} run",
        next_step=UP,
    )


async def _parts(engine: Engine, project: str, needed: Set[str], *, all_: bool = False) -> dict[str, Part]:
    """The stack's containers that run (or exist), under the names by which plans know them.

    These are the `needed` services, and any other third party: it publishes a control plane.
    """
    found = [
        (labels[SERVICE], int(labels[NUMBER]), Part("", labels[SERVICE], await engine.inspect(container)))
        for container, labels in (await engine.containers({PROJECT: project}, all_=all_)).items()
    ]
    found = [each for each in found if each[0] in needed or each[2].publishes(CONTROL)]
    missing = sorted(needed - {service for service, _, _ in found})
    if missing:
        raise BadInput(f"{', '.join(missing)} does not run", where=f"compose project {project}", next_step=UP)
    parts: dict[str, Part] = {}
    for service, _, part in sorted(found, key=lambda each: each[:2]):
        endpoints = sum(each.service == "endpoint" for each in parts.values())
        name = f"endpoint-{endpoints}" if service == "endpoint" else service
        parts[name] = replace(part, name=name)
    return parts
