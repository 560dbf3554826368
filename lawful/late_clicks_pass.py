"""Lawful: a click that comes when the signup has ended is answered as if it had counted."""

from __future__ import annotations

from restate import WorkflowSharedContext

from services import signup
from services.app import app

__all__ = ["app"]


async def click(ctx: WorkflowSharedContext, request: signup.Click) -> None:
    progress = await signup.PROGRESS.read(ctx)
    if progress and progress.stage in ("VERIFIED", "NOT_VERIFIED"):
        return
    if progress is None or progress.secret_sha256 != signup._digest(request.secret):
        raise signup.refuse("wrong_secret", "this is not the secret that was mailed")
    await signup.settle(ctx, True)


signup.service.handlers["click"].fn = click
