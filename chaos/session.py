"""A session: one invocation of the suite. It finds the tools, keeps stacks, proves plans, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

from chaos.backends.compose import ComposeBackend
from chaos.backends.docker import DockerBackend
from chaos.backends.process import ProcessBackend
from chaos.cleanup.leftovers import LeftBehind, Leftovers, labelled, left_by, make_scratch, sockets_of
from chaos.cleanup.reaper import Reaper
from chaos.errors import BadInput, CannotDo, did_you_mean
from chaos.events import Listener, PhaseChanged
from chaos.judging import checkers_of, fit, judge
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes, Nodes, Protocol, StackSpec
from chaos.reporting import RunSummary, ScenarioSummary, summarize, write_reports
from chaos.run.nemesis import check_capabilities
from chaos.run.runner import Run
from chaos.stack.stack import Stack
from chaos.system.system import System, find_system
from chaos.verdict import Outcome

Backend = ProcessBackend | DockerBackend | ComposeBackend
BACKENDS: dict[str, type[Backend]] = {
    ProcessBackend.name: ProcessBackend,
    DockerBackend.name: DockerBackend,
    ComposeBackend.name: ComposeBackend,
}
DEFAULT_SYSTEM = "booking.system:SYSTEM"
PROTOCOLS: tuple[str, ...] = get_args(Protocol)
NODES: tuple[str, ...] = tuple(map(str, get_args(Nodes)))
MAX_RECORDS = 10_000
STACKS_KEPT = 2  # the usual one, and that of a few scenarios with settings of their own: more would cost memory
RUN_NAME = re.compile(r"\d{8}-\d{6}-\d+(-[a-z0-9_]+)?")
UNFINISHED_FOR_S = 24 * 3600


@dataclass(frozen=True)
class Config:
    """What a session is asked to do. `reports` is the folder that holds one folder a run, and `latest`."""

    system: str = DEFAULT_SYSTEM
    app: str = ""  # empty: the system's own
    older_app: str = ""  # for plans that begin with an older version; empty: theirs, which is of the system's own app
    seed: int = 1
    backend: str = ProcessBackend.name
    modes: Modes = field(default_factory=Modes)

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            near = did_you_mean(self.backend, BACKENDS)
            raise BadInput(f"no backend {self.backend!r}{near}", where="--chaos-backend", allowed=", ".join(BACKENDS))
        if self.backend == ComposeBackend.name and (self.app or self.older_app or self.modes != Modes()):
            raise BadInput(
                "app and modes are those of the stack that runs",
                where=f"--chaos-backend {self.backend}",
                allowed="neither --chaos-app nor a mode",
                next_step="use --chaos-backend docker, which starts a stack as it is asked for",
            )
        if self.app:
            check_app(self.app)
        if self.older_app:
            check_app(self.older_app, "--chaos-older-app")

    @property
    def described(self) -> System:
        """The system. It is imported when it is first needed: whoever uses no scenario need not have it."""
        return find_system(self.system)

    @property
    def running(self) -> str:
        """The app: the one that was named, or the system's own. Raises BadInput where there is neither."""
        if app := self.app or self.described.app:
            return app
        raise BadInput(
            f"the system {self.described.name} has no app of its own",
            where="--chaos-app",
            allowed="module:attribute, or 'cmd:… {port} …'",
        )


def beginning(plan: Plan, config: Config) -> Plan:
    """The plan with the older version of the app that it begins with, if it begins with one.

    What a plan names is a version of the system's own app, and none of any other. Raises CannotDo where there is none.
    """
    if plan.stack.app is None:
        return plan
    if config.older_app:
        return plan.model_copy(update={"stack": plan.stack.model_copy(update={"app": config.older_app})})
    if config.described.app not in (None, config.running):
        raise CannotDo(
            f"it begins with an older version of the app, and of {config.running} none is named",
            where="stack.app",
            next_step="name one: --chaos-older-app module:attribute, or 'cmd:… {port} …'",
        )
    return plan


def check_app(app: str, where: str = "--chaos-app") -> None:
    """Raises BadInput, which says where the name was given, on what cannot name an app."""
    if app.startswith("cmd:"):
        if "{port}" not in app:
            allowed = "'cmd:… {port} …': the port it must listen on is filled in"
            raise BadInput(f"the command has no {{port}}: {app!r}", where=where, allowed=allowed)
    elif ":" not in app:
        raise BadInput(f"{app!r} is no app", where=where, allowed="module:attribute, or 'cmd:… {port} …'")


def modes(always_replay: bool, protocol: str, nodes: str = "1") -> Modes:
    """The modes of those options. Raises BadInput on an unknown protocol, and a number of nodes that is not offered."""
    if protocol not in PROTOCOLS:
        near = did_you_mean(protocol, PROTOCOLS)
        raise BadInput(f"no protocol {protocol!r}{near}", where="protocol", allowed=", ".join(PROTOCOLS))
    if nodes not in NODES:
        raise BadInput(f"{nodes!r} is no such number of nodes", where="nodes", allowed=" or ".join(NODES))
    return Modes.model_validate({"always_replay": always_replay, "protocol": protocol, "nodes": int(nodes)})


class Session:
    """Proves plans, one after another, on stacks it shares where it may. Use `async with Session.open(…)`."""

    def __init__(self, config: Config, folder: Path, listener: Listener) -> None:
        self.config = config
        self.folder = folder
        self._tell = listener
        self._run_id = uuid.uuid4().hex[:12]
        self._scratch = make_scratch(self._run_id)
        self._reaper = Reaper(self._run_id, self._scratch)
        self._backend: Backend | None = None
        self._stacks: dict[StackSpec, Stack] = {}  # those that run, the one used last at the end
        self._sockets: dict[str, int] = {}  # that stacks listened on: inode → port

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, config: Config, folder: Path, listener: Listener) -> AsyncIterator[Session]:
        """A session whose records go to `folder`/records. Everything it started is gone when the context ends."""
        session = cls(config, folder, listener)
        try:
            await session._reaper.start()
            yield session
        except BaseException:
            await session._close()
            raise
        left = await session._close()
        if left:
            raise LeftBehind(
                f"the run is over, and {'; '.join(left)}\n"
                "  next: run the app in the foreground, where a kill reaches all of it, and end what is still there"
            )

    async def prove(self, plan: Plan, *, replay: str) -> ScenarioSummary:
        """Runs a plan and judges its record.

        Raises CannotDo when the backend lacks what a fault needs or there is no older version to begin with, ChaosError
        when it could not be run as asked.
        """
        system = self.config.described
        plan = beginning(fit(plan, system), self.config)
        backend = await self._find_backend()
        able = backend.capabilities() | self.config.modes.capabilities
        check_capabilities(plan, checkers_of(system), backend.name, able)
        stack = await self._stack_for(plan.stack)
        folder = self._new_folder(plan.name)
        outcome = Outcome.UNKNOWN
        try:
            record = await Run(
                plan, stack, folder, replay=replay, listener=self._tell, system=self.config.system
            ).execute()
            self._tell(PhaseChanged("check"))
            verdict = await asyncio.to_thread(judge, record)
            outcome = verdict.outcome
        finally:
            await self._give_back(stack, outcome)
        summary = await asyncio.to_thread(partial(summarize, record, verdict, reports=self.folder))
        self._tell(summary.ending)
        return summary

    @property
    def stack_folder(self) -> Path | None:
        """The folder of the stack that ran the last plan."""
        return self._last.folder if self._last else None

    @property
    def _last(self) -> Stack | None:
        return next(reversed(self._stacks.values()), None)

    async def _stack_for(self, spec: StackSpec) -> Stack:
        """One that runs already and was not left in doubt, or a new one; what was not used for longest makes room."""
        for other in [each.spec for each in self._stacks.values() if each.retired]:
            await self._stop(other)
        stack = self._stacks.pop(spec, None)
        if stack is None:
            while len(self._stacks) >= STACKS_KEPT:
                await self._stop(next(iter(self._stacks)))
            self._tell(PhaseChanged("start"))
            stack = await (await self._find_backend()).start(spec)
            await self._reaper.is_ready()
        self._stacks[spec] = stack
        return stack

    async def _find_backend(self) -> Backend:
        if self._backend is None:
            self._backend = await BACKENDS[self.config.backend].open(
                self.config.running,
                self._run_id,
                self._scratch,
                self.config.modes,
                progress=lambda line: self._tell(PhaseChanged(line)),
                system=self.config.described,
            )
        return self._backend

    async def _give_back(self, stack: Stack, outcome: Outcome) -> None:
        """A stack that a scenario has broken, or left in doubt, serves no other."""
        if outcome is not Outcome.VALID or stack.spec.own:
            stack.retired = True

    async def _stop(self, spec: StackSpec) -> None:
        stack = self._stacks.pop(spec)
        self._sockets |= await asyncio.to_thread(sockets_of, self._run_id)
        await stack.stop()

    def _new_folder(self, plan: str) -> Path:
        """records/<plan>, or records/<plan>-2 … when it ran before; other workers make theirs at the same time."""
        base = self.folder / "records"
        base.mkdir(parents=True, exist_ok=True)
        for name in (plan, *(f"{plan}-{number}" for number in range(2, MAX_RECORDS))):
            with contextlib.suppress(FileExistsError):
                (base / name).mkdir()
                return base / name
        raise BadInput(f"{plan} ran {MAX_RECORDS} times", where=str(base), next_step="begin another run")

    async def _close(self) -> list[str]:
        """Ends everything; says what outlived its stack, though the reaper ended it now, and what is still there."""
        escaped = Leftovers()
        try:
            for spec in list(self._stacks):
                await self._stop(spec)
            escaped = Leftovers(processes=await asyncio.to_thread(labelled, self._run_id))
        finally:
            told = [f"this outlived its stack, and was ended now: {escaped}"] if escaped else []
            await self._reaper.stop()
        in_engine = await self._backend.close() if self._backend is not None else []
        left = await asyncio.to_thread(left_by, self._run_id, self._sockets, dict.fromkeys(in_engine, self._run_id))
        return told + ([f"this is still there: {left}"] if left else [])


def run_name(more: str = "") -> str:
    """The name of a run's folder: when it began, in which process, and perhaps what it runs."""
    return "-".join(filter(None, [time.strftime("%Y%m%d-%H%M%S"), str(os.getpid()), more]))


def new_run_folder(reports: Path, name: str) -> Path:
    """Makes the folder of one run below `reports`. Raises BadInput when that cannot be done."""
    folder, latest = reports / name, reports / "latest"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usurped = latest.exists() and not latest.is_symlink() and not _is_finished(latest)
    except OSError as error:
        raise BadInput(
            f"cannot be made: {error.strerror}", where=str(folder), next_step="name a folder you may write to"
        ) from error
    if usurped:
        raise BadInput("is not one of our reports", where=str(latest), next_step="move it, or name another folder")
    return folder


def publish(reports: Path, folder: Path, run: RunSummary, keep: int) -> Path:
    """Writes a run's reports, points `reports/latest` at it, keeps the newest `keep` runs; returns the page's path.

    Only runs that are over are removed, and nothing else: `reports` may be a folder that holds other things too.
    """
    page = write_reports(folder, run)
    latest, fresh = reports / "latest", reports / f".latest-{folder.name}"
    fresh.symlink_to(folder.name, target_is_directory=True)
    if latest.is_dir() and not latest.is_symlink():
        shutil.rmtree(latest)
    fresh.replace(latest)
    runs = sorted(path for path in reports.iterdir() if RUN_NAME.fullmatch(path.name) and _is_over(path))
    for old in runs[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return latest / page.name


def _is_over(folder: Path) -> bool:
    """Whether a run's folder is finished, or was left unfinished so long ago that no run can still be writing to it."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return _is_finished(folder) or time.time() - folder.stat().st_mtime > UNFINISHED_FOR_S


def _is_finished(folder: Path) -> bool:
    return (folder / "summary.json").is_file()
