"""A shared binary is made once, whole or not at all, and damage to it is seen."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chaos.machine.binary_cache import fill, is_intact

FILLER = """
import asyncio, os, sys
from pathlib import Path
from chaos.machine.binary_cache import fill

async def make(binary):
    with open("made", "a") as log:
        log.write("x")
    binary.write_text("half")
    print("making", flush=True)
    sys.stdin.readline()
    binary.write_text("whole")

asyncio.run(fill(Path("cache/tool-1/tool"), make, lambda: print("waiting", flush=True)))
"""


def start_filler(folder: Path) -> subprocess.Popen[str]:
    """A process that fills `folder`/cache; it says "making" or "waiting", and makes on when it is sent a line."""
    return subprocess.Popen(
        [sys.executable, "-c", FILLER],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def writing(content: str) -> Callable[[Path], Awaitable[None]]:
    async def make(binary: Path) -> None:
        binary.write_text(content)

    return make


async def never(binary: Path) -> None:
    raise AssertionError(f"{binary} is made again")


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "tool-1" / "tool"


async def test_it_is_made_once(binary: Path) -> None:
    assert not is_intact(binary, thorough=False)
    await fill(binary, writing("content"), never)
    await fill(binary, never, never)
    assert binary.read_text() == "content"
    assert is_intact(binary, thorough=True)


@pytest.mark.integration
def test_of_two_processes_one_makes_it_and_the_other_waits(tmp_path: Path) -> None:
    with start_filler(tmp_path) as first:
        assert said(first) == "making"
        with start_filler(tmp_path) as second:
            assert said(second) == "waiting"
            first.communicate("go on\n")
            second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert (tmp_path / "made").read_text() == "x"
    assert (tmp_path / "cache" / "tool-1" / "tool").read_text() == "whole"


@pytest.mark.integration
async def test_what_a_killed_process_left_is_not_used(tmp_path: Path, binary: Path) -> None:
    with start_filler(tmp_path) as killed:
        assert said(killed) == "making"
        killed.send_signal(signal.SIGKILL)
    assert not binary.exists()
    await fill(binary, writing("content"), never)
    assert binary.read_text() == "content"
    assert {path.name for path in binary.parent.parent.iterdir()} == {"tool-1", "tool-1.lock"}


async def test_a_failure_leaves_nothing_and_the_next_try_works(binary: Path) -> None:
    async def fail(half_made: Path) -> None:
        half_made.write_text("half")
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        await fill(binary, fail, never)
    assert {path.name for path in binary.parent.parent.iterdir()} == {"tool-1.lock"}
    await fill(binary, writing("content"), never)


async def test_a_cancelled_task_leaves_nothing(binary: Path) -> None:
    begun = asyncio.Event()

    async def hang(half_made: Path) -> None:
        half_made.write_text("half")
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(fill(binary, hang, never))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {path.name for path in binary.parent.parent.iterdir()} == {"tool-1.lock"}


def shorten(binary: Path) -> None:
    binary.write_text("con")


def forge(binary: Path) -> None:
    times = binary.stat()
    binary.write_text("CONTENT")
    os.utime(binary, ns=(times.st_atime_ns, times.st_mtime_ns))


def garble(binary: Path) -> None:
    binary.with_name("fingerprint.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "seen_at_once"), [(shorten, True), (Path.unlink, True), (garble, True), (forge, False)]
)
async def test_damage_is_seen(binary: Path, damage: Callable[[Path], None], seen_at_once: bool) -> None:
    await fill(binary, writing("content"), never)
    damage(binary)
    assert is_intact(binary, thorough=False) != seen_at_once
    assert not is_intact(binary, thorough=True)


async def test_what_is_damaged_is_made_again(binary: Path) -> None:
    await fill(binary, writing("content"), never)
    shorten(binary)
    await fill(binary, writing("content"), never)
    assert is_intact(binary, thorough=True)
