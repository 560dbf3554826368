"""Bug: every attempt to mail carries a key of its own, so an attempt whose answer was lost mails again.

Caught by notifications_once: two messages for one notification, when the mailer takes one and its answer is lost.
"""

from __future__ import annotations

import uuid

from services import mail
from services.app import app

__all__ = ["app"]

_send = mail.send


async def send(*, key: str, mail: mail.Mail) -> mail.Accepted:
    return await _send(key=f"{key}:{uuid.uuid4()}", mail=mail)


mail.send = send
