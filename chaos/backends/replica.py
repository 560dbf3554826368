"""One endpoint replica as a plain process, and the environment that every process of a run gets."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from chaos.backends.managed import PYTHON, ManagedProcess, says_ready
from chaos.backends.ports import listens_on
from chaos.machine.marks import RUN_LABEL, SCRATCH_LABEL


def run_environment(run_id: str, folder: Path) -> dict[str, str]:
    """The environment of a process that keeps its files in `folder`, inside the run's own; Python finds the app."""
    return {
        **{name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
        RUN_LABEL: run_id,
        SCRATCH_LABEL: str(folder.parent),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(Path.cwd()), os.environ.get("PYTHONPATH", "")])),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(folder),  # Restate's invoker leaves folders there when it is killed: they go with the stack's
    }


def replica(name: str, app: str, port: int, environment: Mapping[str, str], log: Path) -> ManagedProcess:
    """An endpoint that serves `app`, a module's attribute or a command, on `port`; the caller starts it."""
    if app.startswith("cmd:"):
        command, ready = shlex.split(app.removeprefix("cmd:").replace("{port}", str(port))), listens_on(port)
    else:
        command, ready = [*PYTHON, "-m", "chaos.backends.endpoint", app, "--port", str(port)], says_ready
    return ManagedProcess(name, command, environment, log, ready)
