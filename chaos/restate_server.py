"""A real Restate with somebody's app registered, and nothing else: for tests that break nothing."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from chaos.backends.managed import ManagedProcess, start_all
from chaos.backends.ports import HOST, free_port
from chaos.backends.registration import discover
from chaos.backends.replica import replica, run_environment
from chaos.backends.restate_process import RestateProcesses
from chaos.backends.restate_settings import restate_settings
from chaos.cleanup.leftovers import make_scratch
from chaos.cleanup.reaper import Reaper
from chaos.errors import ChaosError
from chaos.evidence.journal import JournalReader
from chaos.machine.open_files import allow_open_files
from chaos.machine.serving import reserve_port
from chaos.machine.toolchain import RESTATE_SERVER, ToolchainSettings, find
from chaos.plan.spec import Modes
from chaos.session import check_app

NO_MODES = Modes()


@dataclass(frozen=True)
class RestateServer:
    """What runs: Restate, and the app registered with it. Usable from any event loop, or without one."""

    app: str
    ingress_url: str
    admin_url: str
    services: tuple[str, ...]  # the app's

    async def query(self, sql: str) -> list[dict[str, Any]]:
        """Rows of one SQL query to Restate's system tables. Raises httpx.HTTPError when it cannot be answered."""
        async with httpx.AsyncClient(trust_env=False) as http:
            return await JournalReader(self.admin_url, http).query(sql)


@asynccontextmanager
async def serving(
    app: str, modes: Modes = NO_MODES, progress: Callable[[str], None] = print
) -> AsyncIterator[RestateServer]:
    """One Restate server and one endpoint with `app`, on loopback; the reaper makes sure that nothing is left.

    Raises BadInput when `app` is not an app, ToolMissing or StartFailed when something cannot be started.
    """
    check_app(app)
    allow_open_files()
    run_id = uuid.uuid4().hex[:12]
    scratch = make_scratch(run_id)
    reaper = Reaper(run_id, scratch)
    await reaper.start()
    try:
        server = await find(RESTATE_SERVER, ToolchainSettings(), progress)
        folder = scratch / "restate-server"
        folder.mkdir()
        async with _started(app, server, folder, run_environment(run_id, folder), modes) as started:
            await reaper.is_ready()
            yield started
    finally:
        await reaper.stop()


@asynccontextmanager
async def _started(
    app: str, server: Path, folder: Path, environment: Mapping[str, str], modes: Modes
) -> AsyncIterator[RestateServer]:
    http = httpx.AsyncClient(trust_env=False)
    makes = RestateProcesses(server, folder, environment, http)
    restate = makes.single(restate_settings(modes, None))
    reserved = None if app.startswith("cmd:") else reserve_port()
    port = reserved.getsockname()[1] if reserved else free_port()
    endpoint = replica("endpoint", app, port, environment, folder / "endpoint.log")
    processes: list[ManagedProcess] = [restate, endpoint]
    try:
        await start_all(processes)
        ingress, admin = makes.fix_ports(restate)
        url, log = f"http://{HOST}:{port}", await endpoint.log_tail()
        found = await discover(http, admin.url, url, app=app, protocol=modes.protocol, log=log)
        yield RestateServer(app, ingress.url, admin.url, tuple(each["name"] for each in found["services"]))
    finally:
        for process in processes:
            await process.kill()
        await http.aclose()
        if reserved:
            reserved.close()


@pytest.fixture(scope="session")
def restate_server(request: pytest.FixtureRequest, chaos_app: str) -> Iterator[RestateServer]:
    """A real Restate with the app of `chaos_app`, shared by the tests in this process; needs no plan and no Docker."""
    modes: Modes = request.config.pluginmanager.getplugin("nexus_chaos_run").chaos_config.modes
    with closing(asyncio.new_event_loop()) as loop:  # its own: a test may be in pytest-asyncio's, in AnyIO's or in none
        stack = AsyncExitStack()
        try:
            server = loop.run_until_complete(stack.enter_async_context(serving(chaos_app, modes)))
        except ChaosError as error:
            told = f"{error}\n  name the app with --chaos-app, chaos_app in pytest's file, or a fixture chaos_app"
            pytest.fail(told, pytrace=False)
        yield server
        loop.run_until_complete(stack.aclose())
