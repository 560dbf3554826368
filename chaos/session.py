"""A session: one invocation of the suite. It finds the tools, keeps stacks, runs plans, and leaves nothing behind."""

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
from chaos.machine.open_files import allow_open_files
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
STACKS_KEPT = 2  # the default one, and one for the few scenarios with their own settings: more would cost memory
RUN_NAME = re.compile(r"\d{8}-\d{6}-\d+(-[a-z0-9_]+)?")
UNFINISHED_FOR_S = 24 * 3600


@dataclass(frozen=True)
class Config:
    """What a session is asked to do. `reports` is the folder that holds one folder per run, and `latest`."""

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
                "app and modes are those of the running stack",
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
        """The system. It is imported when first needed: a run without scenarios need not have it."""
        return find_system(self.system)

    @property
    def running(self) -> str:
        """The app: the one that was named, or the system's own. Raises BadInput if there is neither."""
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
    """Raises BadInput, saying where the name was given, when it cannot name an app."""
    if app.startswith("cmd:"):
        if "{port}" not in app:
            allowed = "'cmd:… {port} …': the port it must listen on is filled in"
            raise BadInput(f"the command has no {{port}}: {app!r}", where=where, allowed=allowed)
    elif ":" not in app:
        raise BadInput(f"{app!r} is not an app", where=where, allowed="module:attribute, or 'cmd:… {port} …'")


def modes(always_replay: bool, protocol: str, nodes: str = "1") -> Modes:
    """The modes of those options. Raises BadInput on an unknown protocol or number of nodes."""
    if protocol not in PROTOCOLS:
        near = did_you_mean(protocol, PROTOCOLS)
        raise BadInput(f"no protocol {protocol!r}{near}", where="protocol", allowed=", ".join(PROTOCOLS))
    if nodes not in NODES:
        raise BadInput(f"{nodes!r} is not a supported number of nodes", where="nodes", allowed=" or ".join(NODES))
    return Modes.model_validate({"always_replay": always_replay, "protocol": protocol, "nodes": int(nodes)})


class Session:
    """Runs and judges plans, one after another, on stacks shared where possible. Use `async with Session.open(…)`."""

    def __init__(self, config: Config, folder: Path, listener: Listener) -> None:
        self.config = config
        self.folder = folder
        self._tell = listener
        self._run_id = uuid.uuid4().hex[:12]
        self._scratch = make_scratch(self._run_id)
        self._reaper = Reaper(self._run_id, self._scratch)
        self._backend: Backend | None = None
        self._stacks: dict[StackSpec, Stack] = {}  # the running ones, most recently used last
        self._sockets: dict[str, int] = {}  # on which stacks listened: inode → port

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, config: Config, folder: Path, listener: Listener) -> AsyncIterator[Session]:
        """A session whose records go to `folder`/records. Everything it started is gone when the context ends.

        Raises BadInput where this machine gives it no room: for files, open ones and temporary ones.
        """
        allow_open_files()
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
                f"the run is over, but {'; '.join(left)}\n"
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
        """A running stack that was not left in doubt, or a new one; the least recently used one makes room."""
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
        """A stack that a scenario has broken or left in doubt is not used for another."""
        if outcome is not Outcome.VALID or stack.spec.own:
            stack.retired = True

    async def _stop(self, spec: StackSpec) -> None:
        stack = self._stacks.pop(spec)
        self._sockets |= await asyncio.to_thread(sockets_of, self._run_id)
        await stack.stop()

    def _new_folder(self, plan: str) -> Path:
        """records/<plan>, or records/<plan>-2 … if it ran before; other workers create theirs at the same time."""
        base = self.folder / "records"
        base.mkdir(parents=True, exist_ok=True)
        for name in (plan, *(f"{plan}-{number}" for number in range(2, MAX_RECORDS))):
            with contextlib.suppress(FileExistsError):
                (base / name).mkdir()
                return base / name
        raise BadInput(f"{plan} ran {MAX_RECORDS} times", where=str(base), next_step="start another run")

    async def _close(self) -> list[str]:
        """Ends everything; says what outlived its stack (the reaper has ended it by now), and what is still there."""
        escaped = Leftovers()
        try:
            for spec in list(self._stacks):
                await self._stop(spec)
            escaped = Leftovers(processes=await asyncio.to_thread(labelled, self._run_id))
        finally:
            told = [f"this outlived its stack, and has now been ended: {escaped}"] if escaped else []
            await self._reaper.stop()
        in_engine = await self._backend.close() if self._backend is not None else []
        left = await asyncio.to_thread(left_by, self._run_id, self._sockets, dict.fromkeys(in_engine, self._run_id))
        return told + ([f"this is still there: {left}"] if left else [])


def run_name(more: str = "") -> str:
    """The name of a run's folder: when it began (in UTC: sorted by name is by age), in which process, what it runs."""
    return "-".join(filter(None, [time.strftime("%Y%m%d-%H%M%S", time.gmtime()), str(os.getpid()), more]))


def new_run_folder(reports: Path, name: str) -> Path:
    """Creates the folder of one run in `reports`. Raises BadInput when that cannot be done."""
    folder, latest = reports / name, reports / "latest"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usurped = latest.exists() and not latest.is_symlink() and not _is_finished(latest)
    except OSError as error:
        raise BadInput(
            f"cannot be created: {error.strerror}", where=str(folder), next_step="name a folder you may write to"
        ) from error
    if usurped:
        raise BadInput(
            "is not one of the suite's reports", where=str(latest), next_step="move it, or name another folder"
        )
    return folder


def publish(reports: Path, folder: Path, run: RunSummary, keep: int) -> Path:
    """Writes a run's reports, points `reports/latest` at it, keeps the newest `keep` runs; returns the page's path.

    Only finished runs are removed, never this one, and nothing else: `reports` may hold other things too.
    """
    page = write_reports(folder, run)
    shown = _point(reports / "latest", folder)
    runs = sorted(path for path in reports.iterdir() if RUN_NAME.fullmatch(path.name) and _is_over(path))
    for old in runs[:-keep]:
        if old.name != folder.name:  # by a clock that was put back it may be the oldest
            shutil.rmtree(old, ignore_errors=True)
    return shown / page.name


def _point(latest: Path, folder: Path) -> Path:
    """Has `latest` lead to `folder`, and returns it; where the file system has no symbolic links, `folder` itself."""
    fresh = latest.with_name(f".latest-{folder.name}")
    with contextlib.suppress(OSError):
        fresh.symlink_to(folder.name, target_is_directory=True)
    if latest.is_dir() and not latest.is_symlink():
        shutil.rmtree(latest)
    if fresh.is_symlink():
        fresh.replace(latest)
        return latest
    latest.unlink(missing_ok=True)  # rather none than one that leads to another run
    return folder


def _is_over(folder: Path) -> bool:
    """Whether a run's folder is finished, or was left unfinished so long ago that no run can still be writing to it."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    return _is_finished(folder) or time.time() - folder.stat().st_mtime > UNFINISHED_FOR_S


def _is_finished(folder: Path) -> bool:
    return (folder / "summary.json").is_file()
