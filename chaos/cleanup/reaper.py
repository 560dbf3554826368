"""The reaper: waits outside the run until it dies, however it dies, and removes whatever the run has left behind.

Started as `python -m chaos.cleanup.reaper RUN_ID SCRATCH` with a pipe as standard input. Only the run holds the other
end of the pipe: end of file means that the run is gone, even after SIGKILL.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from pathlib import Path

import psutil

from chaos.backends import clock
from chaos.cleanup.leftovers import clear_engine, labelled
from chaos.errors import ChaosError, StartFailed
from chaos.machine.marks import ATTACHED_FILE, ENGINE_FILE, RUN_LABEL

READY = b"ready\n"


def end_processes(run_id: str) -> list[int]:
    """SIGKILLs every process of a run until none is left, including those forked meanwhile; returns their pids."""
    ended: list[int] = []
    for _ in range(100):
        left = labelled(run_id)
        if not left:
            break
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                ended.append(pid)
                clock.forget(pid)
            except ProcessLookupError:
                continue
        psutil.wait_procs([psutil.Process(pid) for pid in left if psutil.pid_exists(pid)], timeout=1)
    return ended


def reap(run_id: str, scratch: Path) -> list[int]:
    """Ends a run's processes and removes its folder; returns the pids it ended."""
    ended = end_processes(run_id)
    if (scratch / ENGINE_FILE).exists():
        clear_engine(run_id)  # if that fails, the folder stays and `chaos doctor` shows it
    if (scratch / ATTACHED_FILE).exists():
        from chaos.backends.compose import make_whole  # imported only if needed: the run waits until the reaper is up

        with contextlib.suppress(ChaosError):  # it was taken down meanwhile, or cannot be repaired
            asyncio.run(make_whole((scratch / ATTACHED_FILE).read_text("utf-8")))
    shutil.rmtree(scratch, ignore_errors=True)
    return ended


class Reaper:
    """The run's side: starts the reaper process and holds the pipe that triggers it when it closes."""

    def __init__(self, run_id: str, scratch: Path) -> None:
        self._run_id = run_id
        self._scratch = scratch
        self._process: asyncio.subprocess.Process | None = None
        self._ready = False

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != RUN_LABEL}
        here = str(Path(__file__).parents[2])  # not the working directory, which may hold another `chaos`
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [here, environment.get("PYTHONPATH")]))
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "chaos.cleanup.reaper",
            self._run_id,
            str(self._scratch),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )

    async def is_ready(self) -> None:
        """Returns once the reaper is watching. Raises StartFailed if it does not start: nothing may run without it."""
        assert self._process is not None
        assert self._process.stdout is not None
        if not self._ready:
            self._ready = await self._process.stdout.readline() == READY
        if not self._ready:
            raise StartFailed("the reaper", f"`{sys.executable} -m chaos.cleanup.reaper` ended at once")

    async def stop(self) -> None:
        """Closes the pipe: the reaper ends what is left, removes the scratch folder and exits."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()


def main() -> None:
    run_id, scratch = sys.argv[1:3]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # the run may be gone already, which is all the more reason to go on
        os.write(1, READY)
    sys.stdin.buffer.read()
    reap(run_id, Path(scratch))


if __name__ == "__main__":
    main()
