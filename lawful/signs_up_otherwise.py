"""Lawful: the stages of a signup have other words, its mail is another text, and its secret has another form."""

from __future__ import annotations

import secrets
from typing import Any

from restate import WorkflowSharedContext
from restate.serde import Serde

from services import mail, signup
from services.app import app
from services.schema import Message, Nothing
from services.serde import Json

__all__ = ["app"]

_send = mail.send


class View(Message):
    stage: str
    verified: bool
    attempts_left: int = 3


async def status(ctx: WorkflowSharedContext, nothing: Nothing) -> View:
    seen = await _status(ctx, nothing)
    return View(stage=f"signup-{seen.stage.lower()}", verified=seen.verified)


async def new_secret() -> str:
    return f"{secrets.token_hex(8)}-{secrets.token_hex(8)}"


async def send(*, key: str, mail: Any) -> Any:
    if key.startswith("signup:"):
        words = f"Hallo!\n\nIhr Code:\n{mail.body.rsplit(maxsplit=1)[-1]}"
        mail = mail.model_copy(update={"subject": "Bitte bestätigen", "body": words})
    return await _send(key=key, mail=mail)


_status = signup.status
signup.new_secret = new_secret
mail.send = send
handler = signup.service.handlers["status"]
handler.fn = status
view: Serde[View] = Json(View)
handler.handler_io.output_serde = view
