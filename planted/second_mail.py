"""Bug: every booking is mailed twice, the second time under a random key, of which the mailer knows nothing.

Caught by mails_have_reasons: a mail whose key no notification has, as in `baseline`.
"""

from __future__ import annotations

import uuid

from services import mail
from services.app import app

__all__ = ["app"]

_send = mail.send


async def send(*, key: str, mail: mail.Mail) -> mail.Accepted:
    await _send(key=str(uuid.uuid4()), mail=mail)
    return await _send(key=key, mail=mail)


mail.send = send
