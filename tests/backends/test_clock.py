"""A clock of its own: there where libfaketime is, and an error or a skip where it is not."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import uuid
from pathlib import Path

import pytest

from chaos.backends import clock
from chaos.backends.managed import ManagedProcess, says_ready
from chaos.cleanup.leftovers import make_scratch
from chaos.cleanup.reaper import end_processes
from chaos.errors import StartFailed
from chaos.machine.marks import RUN_LABEL, SCRATCH_LABEL
from chaos.waiting import NotYet, until


def test_the_library_is_found_where_systems_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "lib" / "x86_64-linux-gnu" / "faketime" / clock.LIBRARY
    library.parent.mkdir(parents=True)
    monkeypatch.setattr(clock, "PLACES", (f"{tmp_path.relative_to('/')}/lib/*/faketime",))
    assert clock.faketime() is None
    library.touch()
    assert clock.faketime() == library


def test_offsets_are_written_as_the_library_reads_them() -> None:
    assert clock.ahead_by(3600, Path("/x"))["FAKETIME"] == "+3600.000000s"
    assert clock.ahead_by(-0.5, Path("/x"))["FAKETIME"] == "-0.500000s"


async def test_without_the_library_it_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "PLACES", ())
    process = ManagedProcess("p", [sys.executable, "-c", "1"], dict(os.environ), tmp_path / "p.log", says_ready)
    with pytest.raises(StartFailed, match="without libfaketime it has no clock of its own"):
        await process.start(ahead_s=60)
    assert await process.look() == "gone"


@pytest.mark.integration
@pytest.mark.skipif(clock.faketime() is None, reason="libfaketime is not installed")
async def test_the_reaper_removes_what_the_library_leaves_of_a_process_it_kills() -> None:
    run_id, library = uuid.uuid4().hex[:12], clock.faketime()
    assert library
    scratch = make_scratch(run_id)  # a run that is alive: no `chaos clean` of another test ends it
    environment = {**os.environ, RUN_LABEL: run_id, SCRATCH_LABEL: str(scratch), **clock.ahead_by(3_600, library)}
    sleeping = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import time; time.sleep(600)", env=environment
    )

    async def made() -> None:
        if not all(path.exists() for path in clock.files_of(sleeping.pid)):
            raise NotYet("not there yet")

    await until(made, "the library to make its files", 30)
    assert await asyncio.to_thread(end_processes, run_id) == [sleeping.pid]
    await sleeping.wait()
    assert not any(path.exists() for path in clock.files_of(sleeping.pid))
    shutil.rmtree(scratch)
