"""Lawful: a charge is retried by the workflow, each attempt a run of its own, with a durable sleep between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from restate import RunOptions, TerminalError
from restate.server_context import ServerInvocationContext

from services import directory, payment
from services.app import app
from services.errors import STATUS, code_of
from services.settings import settings

__all__ = ["app"]

_run_typed = ServerInvocationContext.run_typed
OURS = (payment.charge, payment.outcome, directory.put_role, directory.put_permissions)


def run_typed(self: ServerInvocationContext, name: str, action: Any, *options: RunOptions[Any], **more: Any) -> Any:
    if action not in OURS:
        return _run_typed(self, name, action, *options, **more)
    return patiently(self, name, action, *options, more)


async def patiently(
    ctx: ServerInvocationContext, name: str, action: Any, options: RunOptions[Any], more: dict[str, Any]
) -> Any:
    once = RunOptions(serde=options.serde, max_attempts=1)
    wait_ms = float(settings().retry_initial_ms)
    while True:
        try:
            return await _run_typed(ctx, name, action, once, **more)
        except TerminalError as error:
            if code_of(error) in STATUS:
                raise
            await ctx.sleep(timedelta(milliseconds=wait_ms))
            wait_ms = min(wait_ms * settings().retry_factor, settings().retry_max_ms)


ServerInvocationContext.run_typed = run_typed  # type: ignore[method-assign]
