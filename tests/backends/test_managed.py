"""Managed processes: real ones, killed, paused and started again; deaths proven by pid and start time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from chaos.backends.managed import ManagedProcess, says_ready
from chaos.errors import StartFailed
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
READY = "import json, time; print(json.dumps({'ready': True}), flush=True); time.sleep(600)"
FORKS = (
    "import json, subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(json.dumps({'child': child.pid, 'ready': True}), flush=True); time.sleep(600)"
)


def managed(tmp_path: Path, code: str) -> ManagedProcess:
    return ManagedProcess("p", [sys.executable, "-c", code], dict(os.environ), tmp_path / "p.log", says_ready)


async def test_killed_is_gone_and_started_again_is_another(tmp_path: Path) -> None:
    process = managed(tmp_path, READY)
    await process.start()
    first = await process.look()
    await process.kill()
    assert await process.look() == "gone"
    await process.start()
    try:
        assert await process.look() not in ("gone", first)
    finally:
        await process.kill()


async def test_a_kill_reaches_what_the_process_has_forked(tmp_path: Path) -> None:
    process = managed(tmp_path, FORKS)
    await process.start()
    child = psutil.Process(int(process.new_log().split('"child": ')[1].split(",")[0]))
    await process.kill()

    async def child_is_dead() -> None:
        if child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
            raise NotYet("it still runs")

    await until(child_is_dead, "the child to die with its parent's group", 10)


async def test_paused_shows_as_stopped_and_resumes(tmp_path: Path) -> None:
    process = managed(tmp_path, READY)
    await process.start()

    async def shows(state: str) -> None:
        if not (await process.look()).endswith(state):
            raise NotYet(await process.look())

    try:
        await process.pause()
        await until(lambda: shows("stopped"), "it to stop", 10)
        await process.resume()
        await until(lambda: shows("running"), "it to run", 10)
    finally:
        await process.kill()


async def test_a_process_that_dies_at_start_shows_its_last_lines_without_secrets(tmp_path: Path) -> None:
    process = managed(tmp_path, "import sys; print('no such setting: tok_ok_canary'); sys.exit(7)")
    with pytest.raises(StartFailed) as caught:
        await process.start()
    assert "exit code 7" in str(caught.value)
    assert "no such setting: hmac:" in str(caught.value)
    assert "canary" not in str(caught.value)


async def test_a_program_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    process = ManagedProcess("p", [str(tmp_path / "none")], {}, tmp_path / "p.log", says_ready)
    with pytest.raises(StartFailed, match="No such file"):
        await process.start()
