"""The reaper and `chaos clean`: whatever way a run dies, its processes and folders go; runs under way stay."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from chaos.cleanup.doctor import sweep
from chaos.cleanup.leftovers import labelled, left_by_dead_runs, make_scratch
from chaos.cleanup.reaper import Reaper
from chaos.errors import StartFailed
from chaos.machine.marks import RUN_LABEL, SCRATCH_LABEL
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
A_RUN = """
import asyncio, os, signal, subprocess, sys
from chaos.cleanup.leftovers import make_scratch
from chaos.cleanup.reaper import Reaper

signal.signal(signal.SIGINT, signal.default_int_handler)  # it may have been started ignoring it, as jobs of a script

async def main():
    scratch = make_scratch(sys.argv[1])
    reaper = Reaper(sys.argv[1], scratch)
    await reaper.start()
    environment = {**os.environ, "NEXUS_CHAOS_RUN": sys.argv[1]}
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    for _ in range(3):
        subprocess.Popen(sleeper, env=environment, start_new_session=True)
    print(scratch, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
async def test_a_run_that_dies_leaves_nothing(number: signal.Signals, tmp_path: Path) -> None:
    run_id = f"test-{os.getpid()}-{int(number)}"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", A_RUN, run_id, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        env=environment,
    )  # fmt: skip
    assert run.stdout is not None
    scratch = Path((await run.stdout.readline()).decode().strip())
    assert scratch.is_dir()
    assert len(labelled(run_id)) == 3
    run.send_signal(number)
    await run.wait()

    async def nothing_left() -> None:
        if labelled(run_id) or scratch.exists():
            raise NotYet(f"{labelled(run_id)}, {scratch} {'is there' if scratch.exists() else 'is gone'}")

    await until(nothing_left, "the reaper to clear up", 30)


def test_clean_removes_what_a_dead_run_left_and_lets_a_living_one_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    living = make_scratch("alive")
    dead = make_scratch("dead")
    owner = dead / "owner.json"
    owner.write_text(owner.read_text("utf-8").replace(f'"pid":{os.getpid()},', '"pid":999999999,'), "utf-8")
    children = {
        run_id: subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"], env={**os.environ, RUN_LABEL: run_id}
        )
        for run_id in ("alive", "dead")
    }
    try:
        assert children["dead"].pid in left_by_dead_runs().processes
        ended, removed = sweep()
        assert children["dead"].pid in ended
        assert children["alive"].pid not in ended
        assert removed == [dead]
        assert living.is_dir()
    finally:
        for child in children.values():
            child.kill()
            child.wait()


def test_a_run_whose_folder_is_below_another_temporary_folder_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    scratch = make_scratch("faraway")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "here"))
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    child = subprocess.Popen(sleeper, env={**os.environ, RUN_LABEL: "faraway", SCRATCH_LABEL: str(scratch)})
    try:
        assert child.pid in labelled("faraway")
        assert child.pid not in left_by_dead_runs().processes
        (scratch / "owner.json").unlink()
        assert child.pid in left_by_dead_runs().processes
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("owner", ["{", "[]", "null", '{"run": 1}', '{"run": "r", "pid": "x", "started": 0}'])
def test_a_folder_that_names_no_owner_is_no_run(owner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (make_scratch("odd") / "owner.json").write_text(owner, "utf-8")
    assert left_by_dead_runs().folders == ()


async def test_the_reaper_comes_up_where_another_chaos_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chaos.py").write_text("raise SystemExit('not the tool')", "utf-8")
    monkeypatch.chdir(tmp_path)
    reaper = Reaper("shadowed", tmp_path / "scratch")
    await reaper.start()
    try:
        await reaper.is_ready()
    finally:
        await reaper.stop()


async def test_a_reaper_that_does_not_come_up_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    reaper = Reaper("dead", tmp_path / "scratch")
    await reaper.start()
    with pytest.raises(StartFailed, match="the reaper did not start"):
        await reaper.is_ready()
    await reaper.stop()
