"""A stack of a test's own, on plain processes: what was started ends with it, also when the test dies."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chaos.backends.process import ProcessBackend
from chaos.cleanup.leftovers import make_scratch
from chaos.cleanup.reaper import Reaper
from chaos.machine.toolchain import Tools
from chaos.plan.spec import StackSpec
from chaos.session import DEFAULT_APP, DEFAULT_PARTIES
from chaos.stack.stack import Stack


@asynccontextmanager
async def stack_of(tools: Tools, spec: StackSpec) -> AsyncIterator[Stack]:
    """The services on a real restate-server, behind real links."""
    run_id = uuid.uuid4().hex[:12]
    scratch = make_scratch(run_id)
    reaper = Reaper(run_id, scratch)
    await reaper.start()
    try:
        stack = await ProcessBackend(tools, DEFAULT_APP, run_id, scratch, parties=DEFAULT_PARTIES).start(spec)
        try:
            yield stack
        finally:
            await stack.stop()
    finally:
        await reaper.stop()
