"""Bug: a signup that nobody answered in time counts as verified.

Caught by signups_prove: verified, and no click was accepted, in `signup_timeout`.
"""

from __future__ import annotations

from contextlib import suppress

from restate import TerminalError, WorkflowContext

from services import signup
from services.app import app

__all__ = ["app"]

_wait_for_click = signup.wait_for_click


async def wait_for_click(ctx: WorkflowContext) -> None:
    with suppress(TerminalError):
        await _wait_for_click(ctx)


signup.wait_for_click = wait_for_click
