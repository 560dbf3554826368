"""What integration tests share: the pinned programs."""

from __future__ import annotations

import asyncio

import pytest

from chaos.machine.toolchain import ToolchainSettings, Tools, find_tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    """The real restate-server and Toxiproxy, installed first if this machine has none."""
    return asyncio.run(find_tools(ToolchainSettings(), print))
