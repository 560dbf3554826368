"""What tests share: the pinned programs, and that one which starts a process says so."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from chaos.machine.toolchain import ToolchainSettings, Tools, find_tools

STARTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"})


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The real restate-server and Toxiproxy, installed first if this machine has none."""
    return asyncio.run(find_tools(ToolchainSettings(), print))


class _NoProcesses:
    """While a test runs that is not marked `integration`, to start a process is an error: `make check` is fast."""

    def __init__(self) -> None:
        self.forbidden = False

    def __call__(self, event: str, _: tuple[Any, ...]) -> None:
        if self.forbidden and event in STARTS:
            raise AssertionError("it starts a process: mark it with @pytest.mark.integration")


_no_processes = _NoProcesses()
sys.addaudithook(_no_processes)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _no_processes.forbidden = item.get_closest_marker("integration") is None
    yield
    _no_processes.forbidden = False
