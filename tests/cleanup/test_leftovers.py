"""The leftover proof: a planted process, folder and port of a run are each found and named, and nobody else's are."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chaos.cleanup.leftovers import (
    LeftBehind,
    Leftovers,
    left_by,
    left_by_dead_runs,
    listening,
    make_scratch,
    sockets_of,
)
from chaos.errors import BadInput
from chaos.machine.marks import RUN_LABEL
from chaos.session import Config, Session

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]
LISTENS = """
import os, socket, subprocess, sys, time
listener = socket.create_server(("127.0.0.1", 0))
listener.set_inheritable(True)
heir = subprocess.Popen(sys.argv[1:], env={}, close_fds=False, start_new_session=True, stdout=subprocess.DEVNULL)
print(listener.getsockname()[1], heir.pid, flush=True)
time.sleep(600)
"""  # and a child of it, without the run's label, has the same socket


@pytest.fixture
def run() -> str:
    """The id of a run that no test beside this one has."""
    return f"planted-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def sleeper(run: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process with the label of the run, in a session of its own."""
    process = subprocess.Popen(SLEEPS, env={**os.environ, RUN_LABEL: run}, start_new_session=True)
    yield process
    process.kill()
    process.wait()


@pytest.fixture
async def listener(run: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """A process of the run that listens, and its port; a child that nobody has labelled has the socket too."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LISTENS, *SLEEPS, stdout=asyncio.subprocess.PIPE, env={**os.environ, RUN_LABEL: run}
    )
    assert process.stdout is not None
    port, heir = map(int, (await process.stdout.readline()).split())
    yield process, port
    os.kill(heir, signal.SIGKILL)
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.integration
def test_a_process_is_found_and_named(run: str, sleeper: subprocess.Popen[bytes]) -> None:
    left = left_by(run, {}, {})
    assert left.processes == {sleeper.pid: run}
    assert f"processes {sleeper.pid} (" in str(left)
    assert not left_by("another", {}, {})


def test_a_folder_is_found_and_named(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = make_scratch(run)
    assert str(left_by(run, {}, {})) == f"folders {folder}"
    assert not left_by("another", {}, {})


def test_where_no_temporary_folder_can_be_made_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "full" / "or away"))
    with pytest.raises(BadInput, match=r"TMPDIR: no temporary folder: No such file or directory\n  next: set it to"):
        make_scratch("nowhere")


@pytest.mark.integration
async def test_a_port_is_found_while_the_runs_own_socket_listens(
    run: str,
    listener: tuple[asyncio.subprocess.Process, int],
) -> None:
    process, port = listener
    sockets = sockets_of(run)
    assert list(sockets.values()) == [port]
    assert f"(python on port {port})" in str(left_by(run, {}, {})).replace(Path(sys.executable).name, "python")
    process.kill()
    await process.wait()
    assert left_by(run, sockets, {}) == Leftovers(ports=(port,))


def test_a_port_that_somebody_else_has_by_now_is_not_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as before:
        port: int = before.getsockname()[1]
        sockets = {inode: each for inode, each in listening().items() if each == port}
        assert left_by("over", sockets, {}).ports == (port,)
    with socket.create_server(("127.0.0.1", port)):
        assert port in listening().values()
        assert not left_by("over", sockets, {})


def test_what_dead_runs_left_is_told_by_doctor(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead = make_scratch(run)
    owner = json.loads((dead / "owner.json").read_text("utf-8"))
    (dead / "owner.json").write_text(json.dumps({**owner, "pid": 999_999_999}), "utf-8")
    assert str(dead) in str(left_by_dead_runs())


@pytest.mark.integration
async def test_a_session_that_leaves_something_fails_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each kind is planted as the session goes: what it started, what it made, what one of its stacks listened on."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        opened = Session.open(Config(), tmp_path, lambda _: None)
        session = await opened.__aenter__()
        child = await asyncio.create_subprocess_exec(*SLEEPS, env={**os.environ, RUN_LABEL: session._run_id})
        session._sockets |= {inode: each for inode, each in listening().items() if each == port}
        second = make_scratch(session._run_id)
        with pytest.raises(LeftBehind) as told:
            await opened.__aexit__(None, None, None)
    assert await child.wait() == -signal.SIGKILL
    assert f"outlived its stack, and has now been ended: processes {child.pid} (" in str(told.value)
    assert f"still there: folders {second}; ports {port}" in str(told.value)
    assert told.value.exit_code == 3
