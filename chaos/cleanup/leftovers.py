"""What runs leave behind: how processes, folders and ports are marked, and how those of dead runs are found."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from chaos.backends import engine
from chaos.backends.engine import RUN, SCRATCH, connect
from chaos.errors import BadInput, ChaosError
from chaos.machine.marks import RUN_LABEL, SCRATCH_LABEL
from chaos.model import Frozen

SCRATCH_PREFIX = "nexus-chaos-"
OWNER_FILE = "owner.json"
TCP_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
LISTENS = "0A"  # the state as the kernel's tables write it


class LeftBehind(ChaosError):
    """A run is over but something of it is still there, so its result is not clean."""

    exit_code = 3


@dataclass(frozen=True)
class Leftovers:
    """What is there and should not be: processes (pid → run id), scratch folders, listening ports,
    and what is left in Docker ("container NAME" … → run id)."""

    processes: Mapping[int, str] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    ports: tuple[int, ...] = ()
    in_engine: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.processes or self.folders or self.ports or self.in_engine)

    def __str__(self) -> str:
        """Everything by name; for a process also its command and where it listens, if it is still there."""
        kinds = {
            "processes": [_named(pid) for pid in sorted(self.processes)],
            "folders": [str(folder) for folder in self.folders],
            "ports": [str(port) for port in self.ports],
            "in Docker's engine": sorted(self.in_engine),
        }
        return "; ".join(f"{kind} {', '.join(found)}" for kind, found in kinds.items() if found) or "nothing"


def left_by(run_id: str, sockets: Mapping[str, int], in_engine: Mapping[str, str]) -> Leftovers:
    """What is left of one run, given the listening `sockets` that were noted while it lasted."""
    still = listening()
    return Leftovers(
        processes=labelled(run_id),
        folders=tuple(Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}{run_id}-*")),
        ports=tuple(sorted({port for inode, port in sockets.items() if inode in still})),
        in_engine=in_engine,
    )


def left_by_dead_runs() -> Leftovers:
    """What is left of runs that are no longer alive. A run's folder may be in a different temporary folder."""
    runs = _runs()
    alive = {run_id for run_id, (_, alive) in runs.items() if alive}
    return Leftovers(
        processes={pid: run for pid, run in labelled().items() if run not in alive and not _has_live_owner(pid)},
        folders=tuple(folder for folder, alive in runs.values() if not alive),
        in_engine={name: labels[RUN] for name, labels in _in_engine().items() if not _lives(labels[SCRATCH])},
    )


# --- Docker's engine ---------------------------------------------------------------------------------------------


def _in_engine() -> dict[str, dict[str, str]]:
    """What runs have in Docker, with its labels; nothing if there is no usable engine."""
    try:
        client = connect()
    except BadInput:
        return {}
    with contextlib.closing(client):
        return engine.labelled(client, {RUN: ""})


def clear_engine(run_id: str) -> list[str]:
    """Removes what a run has in Docker, and returns what that was. Raises BadInput when there is no engine."""
    with contextlib.closing(connect()) as client:
        return engine.remove(client, {RUN: run_id})


def _lives(scratch: str) -> bool:
    owner = _owner(Path(scratch))
    return owner is not None and owner.is_alive()


# --- processes ---------------------------------------------------------------------------------------------------


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


def _named(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        ports = sorted(_ports(process))
        where = f" on port {', '.join(map(str, ports))}" if ports else ""
        return f"{pid} ({process.name()}{where})"
    except psutil.Error:
        return str(pid)


def _has_live_owner(pid: int) -> bool:
    """Whether the folder named by a process's label says so; also true for a process that has just ended."""
    try:
        owner = _owner(Path(psutil.Process(pid).environ().get(SCRATCH_LABEL, "/nowhere")))
    except psutil.Error:
        return True
    return owner is not None and owner.is_alive()


# --- ports -------------------------------------------------------------------------------------------------------


def listening() -> dict[str, int]:
    """Every listening TCP socket on this machine: inode → port. Empty if there is no /proc/net."""
    found = {}
    for table in TCP_TABLES:
        lines = table.read_text("ascii").splitlines()[1:] if table.is_file() else []
        for _, local, _, state, _, _, _, _, _, inode, *_ in map(str.split, lines):
            if state == LISTENS:
                found[inode] = int(local.rpartition(":")[2], 16)
    return found


def sockets_of(run_id: str) -> dict[str, int]:
    """The listening sockets on every port that a process of the run listens on: inode → port.

    Sockets, because a port may belong to another program the moment it is free. Includes sockets that share a port
    with the run's own: a child without the run's label that inherited the socket holds it open.
    """
    ports: set[int] = set()
    for pid in labelled(run_id):
        try:
            ports |= _ports(psutil.Process(pid))
        except psutil.Error:
            continue
    return {inode: port for inode, port in listening().items() if port in ports}


def _ports(process: psutil.Process) -> set[int]:
    return {each.laddr.port for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN}


# --- folders -----------------------------------------------------------------------------------------------------


def make_scratch(run_id: str) -> Path:
    """Creates the run's own folder in the system's temporary one, with its owner's name so that `chaos clean` knows.

    Raises BadInput where none can be made.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{run_id}-"))
    except OSError as error:
        next_step = "set it to a folder you may write to"
        raise BadInput(f"no temporary folder: {error.strerror}", where="TMPDIR", next_step=next_step) from error
    me = psutil.Process()
    owner = _Owner(run=run_id, pid=me.pid, started=me.create_time())
    (folder / OWNER_FILE).write_text(owner.model_dump_json(), "utf-8")
    return folder


def _runs() -> dict[str, tuple[Path, bool]]:
    """Every run that has a scratch folder: run id → the folder, and whether its process is alive."""
    found: dict[str, tuple[Path, bool]] = {}
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}*"):
        owner = _owner(folder)
        if owner:
            found[owner.run] = (folder, owner.is_alive())
    return found


class _Owner(Frozen):
    """The owner of a scratch folder: the run, and its process."""

    run: str
    pid: int
    started: float

    def is_alive(self) -> bool:
        try:
            return abs(psutil.Process(self.pid).create_time() - self.started) < 1
        except psutil.NoSuchProcess:
            return False


def _owner(folder: Path) -> _Owner | None:
    try:
        return _Owner.model_validate_json((folder / OWNER_FILE).read_bytes())
    except (OSError, ValueError):
        return None
