"""The Docker backend: the whole stack as containers, started through the Docker SDK."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chaos.backends.docker_stack import BACKEND, STACK, StartingStack
from chaos.backends.engine import RUN, SCRATCH, Engine
from chaos.backends.nodes import check_memory
from chaos.errors import BadInput, CannotDo
from chaos.machine.marks import ENGINE_FILE
from chaos.plan.spec import Modes, StackSpec
from chaos.stack.stack import Stack
from chaos.system.system import NO_SYSTEM, System

NO_MODES = Modes()


class DockerBackend:
    """Starts stacks of containers. `scratch` is the run's own folder; everything created carries the run's label."""

    name = BACKEND

    def __init__(
        self,
        engine: Engine,
        app: str,
        run_id: str,
        scratch: Path,
        *,
        modes: Modes = NO_MODES,
        system: System = NO_SYSTEM,
    ) -> None:
        self._engine = engine
        self._app = app
        self._run_id = run_id
        self._scratch = scratch
        self._modes = modes
        self._system = system
        self._started = 0

    @classmethod
    async def open(
        cls, app: str, run_id: str, scratch: Path, modes: Modes, *, progress: Callable[[str], None], system: System
    ) -> DockerBackend:
        """Raises BadInput when Docker cannot be used, or the app cannot run in a container."""
        progress("connecting to Docker")
        engine = await Engine.connect()
        (scratch / ENGINE_FILE).touch()  # for the reaper
        return cls(engine, app, run_id, scratch, modes=modes, system=system)

    async def close(self) -> list[str]:
        """Disconnects from Docker; says what the run still has there, though its stacks were stopped."""
        try:
            return await self._engine.left({RUN: self._run_id})
        finally:
            await self._engine.close()

    @staticmethod
    def capabilities() -> frozenset[str]:
        """The capabilities of this backend, which faults may need."""
        return frozenset({"process", "link", "third party", "deploy", "container", "disk", "name"})

    async def start(self, spec: StackSpec) -> Stack:
        """Brings up a whole stack and registers the app. Raises StartFailed or BadInput, with nothing left behind."""
        for app in (self._app, spec.app or ""):
            if app.startswith("cmd:"):
                raise BadInput(
                    "a program on this machine does not run in a container",
                    where=f"--chaos-app {app!r}",
                    allowed="module:attribute below the working folder",
                    next_step="use --chaos-backend process",
                )
        check_memory(self._modes.nodes)
        if self._modes.nodes > 1 and spec.restate_disk_mb:
            raise CannotDo(
                "a disk of its own is for a single Restate node", where="nodes", allowed="1", next_step="use one"
            )
        self._started += 1
        folder = self._scratch / f"stack-{self._started}"
        folder.mkdir(parents=True)
        labels = {RUN: self._run_id, SCRATCH: str(self._scratch), STACK: f"{self._run_id}-{self._started}"}
        starting = StartingStack(
            self._engine, self._app, folder, labels, spec=spec, modes=self._modes, system=self._system
        )
        try:
            return await starting.run(self.capabilities() | self._modes.capabilities)
        except BaseException:
            await starting.stop()
            raise
