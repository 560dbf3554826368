"""The reaper: waits outside the run for the run to die, however it dies, and ends whatever the run has left.

Started as `python -m chaos.reaper RUN_ID SCRATCH` with a pipe as standard input. The pipe's other end is held by the
run alone: end of file means that the run is gone, also after SIGKILL.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import psutil

from chaos.backends.managed import RUN_LABEL

SCRATCH_PREFIX = "nexus-chaos-"
OWNER_FILE = "owner.json"


def labelled(run_id: str | None = None) -> dict[int, str]:
    """Processes that carry a run's label (any run's, without `run_id`): pid → run id. Never this process."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        try:
            label = process.environ().get(RUN_LABEL)
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
        except (psutil.Error, OSError):
            continue
        if label and process.pid != os.getpid() and run_id in (None, label):
            found[process.pid] = label
    return found


def end_processes(run_id: str) -> list[int]:
    """SIGKILLs every process of a run until none is left, also those forked meanwhile; returns their pids."""
    ended: list[int] = []
    for _ in range(100):
        left = labelled(run_id)
        if not left:
            break
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                ended.append(pid)
            except ProcessLookupError:
                continue
        psutil.wait_procs([psutil.Process(pid) for pid in left if psutil.pid_exists(pid)], timeout=1)
    return ended


def make_scratch(run_id: str) -> Path:
    """The run's own folder below the system's temporary one, naming its owner so that `chaos clean` can tell."""
    folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{run_id}-"))
    me = psutil.Process()
    (folder / OWNER_FILE).write_text(json.dumps({"run": run_id, "pid": me.pid, "started": me.create_time()}), "utf-8")
    return folder


def live_runs() -> set[str]:
    """The runs that are under way on this machine."""
    return {run_id for run_id, (_, alive) in _runs().items() if alive}


def abandoned() -> dict[str, Path]:
    """Scratch folders whose run is no longer alive: run id → folder."""
    return {run_id: folder for run_id, (folder, alive) in _runs().items() if not alive}


def _runs() -> dict[str, tuple[Path, bool]]:
    """Every run that has a scratch folder: run id → folder, whether its process is alive."""
    found: dict[str, tuple[Path, bool]] = {}
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}*"):
        try:
            owner = json.loads((folder / OWNER_FILE).read_text("utf-8"))
        except (OSError, ValueError):
            continue
        found[owner["run"]] = (folder, _alive(owner["pid"], owner["started"]))
    return found


def _alive(pid: int, started: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1
    except psutil.NoSuchProcess:
        return False


def reap(run_id: str, scratch: Path) -> list[int]:
    """Ends a run's processes and removes its folder; returns the pids it ended."""
    ended = end_processes(run_id)
    shutil.rmtree(scratch, ignore_errors=True)
    return ended


class Reaper:
    """The run's side: starts the reaper process and holds the pipe whose closing sets it off."""

    def __init__(self, run_id: str, scratch: Path) -> None:
        self._run_id = run_id
        self._scratch = scratch
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if name != RUN_LABEL}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "chaos.reaper",
            self._run_id,
            str(self._scratch),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env=environment,
        )

    async def stop(self) -> None:
        """Closes the pipe: the reaper ends what is left, removes the scratch folder and goes."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()


def main() -> None:
    run_id, scratch = sys.argv[1:3]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    reap(run_id, Path(scratch))


if __name__ == "__main__":
    main()
