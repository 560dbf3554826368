"""A stack of a test's own, on plain processes: what was started ends with it, also when the test dies."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.backends.process import ProcessBackend
from chaos.leftovers import make_scratch
from chaos.plan import StackSpec
from chaos.reaper import Reaper
from chaos.session import DEFAULT_APP
from chaos.stack import Stack
from chaos.toolchain import Tools


@asynccontextmanager
async def stack_of(tools: Tools, spec: StackSpec) -> AsyncIterator[Stack]:
    """The services on a real restate-server, behind real links."""
    run_id = uuid.uuid4().hex[:12]
    scratch = make_scratch(run_id)
    reaper = Reaper(run_id, scratch)
    await reaper.start()
    try:
        stack = await ProcessBackend(tools, DEFAULT_APP, run_id, scratch).start(spec)
        try:
            yield stack
        finally:
            await stack.stop()
    finally:
        await reaper.stop()
