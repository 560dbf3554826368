"""Lawful: a click is answered 200 when the signup has ended already, and counts for nothing."""

from __future__ import annotations

from restate import TerminalError, WorkflowSharedContext

from services import signup
from services.app import app
from services.errors import code_of

__all__ = ["app"]

_click = signup.click


async def click(ctx: WorkflowSharedContext, request: signup.Click) -> None:
    try:
        await _click(ctx, request)
    except TerminalError as error:
        if code_of(error) != "not_verified":
            raise


signup.service.handlers["click"].fn = click
