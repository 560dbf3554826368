"""Bug: a mail whose answer never came is taken for sent.

Caught by notifications_once: a confirmed order without a message, when the mailer breaks off before it sends, as in
`mail_unanswered`.
"""

from __future__ import annotations

from services import mail
from services.app import app
from services.outbound import Unclear

__all__ = ["app"]

_send, Accepted = mail.send, mail.Accepted


async def send(*, key: str, mail: mail.Mail) -> Accepted:
    try:
        return await _send(key=key, mail=mail)
    except Unclear:
        return Accepted(message_id="unknown")


mail.send = send
