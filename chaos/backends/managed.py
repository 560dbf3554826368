"""One process of the stack: in its own session, labelled with its run, its log kept, its death proven."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from chaos.backends import clock
from chaos.backends.logs import check_ready, last_lines
from chaos.errors import StartFailed, WaitTimedOut
from chaos.waiting import until

if TYPE_CHECKING:
    from chaos.stack.stack import Target

START_DEADLINE_S = 30
RETIRE_PATIENCE_S = 5
PYTHON = (sys.executable, "-X", "faulthandler")


class ManagedProcess:
    """A process that can be killed, paused and started again under the same name.

    `ready` is polled until it no longer raises NotYet; a process that dies before that raises StartFailed.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        ready: Callable[[ManagedProcess], Awaitable[None]],
    ) -> None:
        self.name = name
        self.command = list(command)
        self.environment = dict(environment)
        self.log = log
        self._ready = ready
        self._process: asyncio.subprocess.Process | None = None
        self._identity: psutil.Process | None = None
        self._log_start = 0
        self.is_wanted = False

    async def start(self, *, ahead_s: float = 0) -> None:
        """Starts the process and waits until it is ready. Raises StartFailed with its last log lines.

        Its wall clock is `ahead_s` seconds ahead (below 0: behind), where this machine has libfaketime.
        """
        self.is_wanted = True
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                    env=self.environment | self._clock(ahead_s),
                    start_new_session=True,
                )
            except OSError as error:
                raise StartFailed(self.name, f"{self.command[0]}: {error.strerror}") from error
        with contextlib.suppress(psutil.NoSuchProcess):
            self._identity = psutil.Process(self._process.pid)
        try:
            await until(self._alive_and_ready, f"{self.name} to be ready", START_DEADLINE_S)
        except WaitTimedOut as error:
            await self.kill()
            raise StartFailed(self.name, str(error), await self.log_tail()) from error
        except BaseException:  # even if cancelled: a started process is ready, or gone
            await self.kill()
            raise
        clock.forget(self.pid)

    async def start_as(self, variables: Mapping[str, str]) -> None:
        """Starts it as `start` does, this once with these environment variables in place of its own."""
        own = self.environment
        self.environment = own | dict(variables)
        try:
            await self.start()
        finally:
            self.environment = own

    async def environ(self) -> Mapping[str, str]:
        """The environment variables it runs with, as the operating system tells; none when it is gone."""
        try:
            return self._identity.environ() if self._identity else {}
        except psutil.Error:
            return {}

    def _clock(self, ahead_s: float) -> dict[str, str]:
        if not ahead_s:
            return {}
        library = clock.faketime()
        if library is None:
            raise StartFailed(self.name, "without libfaketime it has no clock of its own", next_step="install it")
        return clock.ahead_by(ahead_s, library)

    async def _alive_and_ready(self) -> None:
        if self._process is not None and self._process.returncode is not None:
            raise StartFailed(self.name, f"it ended with exit code {self._process.returncode}", await self.log_tail())
        await self._ready(self)

    async def kill(self) -> None:
        """SIGKILL to the whole group; returns when the process is reaped."""
        self._signal(signal.SIGKILL)
        await self._reaped()

    async def ask_to_end(self) -> None:
        """SIGTERM to the whole group."""
        self._signal(signal.SIGTERM)

    async def ended(self, patience_s: float) -> None:
        """Returns when the process is reaped. Raises WaitTimedOut after `patience_s`."""
        try:
            async with asyncio.timeout(patience_s):
                await self._reaped()
        except TimeoutError as error:
            raise WaitTimedOut(f"{self.name} to end", patience_s, await self.look()) from error

    async def retire(self) -> None:
        """Ends it for good: SIGTERM, then after a while SIGKILL for whatever is left."""
        self.is_wanted = False
        try:
            await self.ask_to_end()
            await self.ended(RETIRE_PATIENCE_S)
        except WaitTimedOut:
            await self.kill()

    async def _reaped(self) -> None:
        if self._process is not None:
            await self._process.wait()
            clock.forget(self.pid)

    async def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    async def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    async def exit_code(self) -> int | None:
        """Its exit code, or below 0 the signal that ended it; null while it runs."""
        return self._process.returncode if self._process else None

    async def look(self) -> str:
        """What the process table says: "gone", or "<pid>@<start time> <status>"; a zombie is gone."""
        if self._identity is None:
            return "gone"
        try:
            with self._identity.oneshot():
                status = self._identity.status()
                started = self._identity.create_time()
        except psutil.NoSuchProcess:
            return "gone"
        if status == psutil.STATUS_ZOMBIE or not self._identity.is_running():
            return "gone"
        return f"{self._identity.pid}@{started:.2f} {'stopped' if status == psutil.STATUS_STOPPED else 'running'}"

    def new_log(self) -> str:
        """What has been logged since the last start."""
        with self.log.open("rb") as file:
            file.seek(self._log_start)
            return file.read().decode("utf-8", "replace")

    async def log_tail(self) -> str:
        """The last lines logged since the last start, for error messages."""
        return last_lines(self.new_log())


async def says_ready(process: ManagedProcess) -> None:
    """The ready condition of our own servers: a line {"ready": true, …} in the log."""
    check_ready(process.new_log())


async def start_all(targets: Iterable[Target]) -> None:
    """Starts them in parallel."""
    async with together() as group:
        for target in targets:
            group.create_task(target.start())


@contextlib.asynccontextmanager
async def together() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group that raises its first error alone, in readable form, not wrapped in an exception group."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
