"""The mailer's client: one attempt to send one message."""

from __future__ import annotations

from pydantic import BaseModel

from services.outbound import Reply, ask
from services.schema import Name
from services.settings import settings


class Mail(BaseModel):
    to: str
    subject: str
    body: str


class Accepted(Reply):
    message_id: Name


async def send(*, key: str, mail: Mail) -> Accepted:
    """Hands the message over; the same key never sends twice. Raises 502 `gateway_refused` if it is not wanted."""
    answer = await ask("POST", settings().mailer_url, "/v1/messages", key=key, body=mail)
    if answer.ok:
        return answer.parse(Accepted)
    raise answer.refusal()
