"""Real fakes for the tests: started as processes, ended by their pid."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.running import DEADLINE_S, ROOT, TOKEN, Running, Start


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """start(kind, file) starts one more fake; each is ended with the test."""
    started: list[Running] = []

    async def start_one(kind: str = "gateway", file: Path | None = None) -> Running:
        file = file or tmp_path / f"{kind}.sqlite"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chaos.fakes", f"booking.parties:{kind.upper()}", "--ledger", str(file)),
            stdout=asyncio.subprocess.PIPE,
            env={"NEXUS_CHAOS_CONTROL_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout
        async with asyncio.timeout(DEADLINE_S):
            ready = json.loads(await process.stdout.readline())
        started.append(Running(process, ready["ports"], file))
        return started[-1]

    yield start_one
    for running in started:
        await running.end(signal.SIGKILL)


@pytest.fixture
async def gateway(start: Start) -> Running:
    return await start("gateway")


@pytest.fixture
async def mailer(start: Start) -> Running:
    return await start("mailer")
