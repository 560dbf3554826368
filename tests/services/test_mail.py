"""The mailer's client."""

from __future__ import annotations

import json

import pytest
import respx
from restate import TerminalError

from services import mail

URL = "http://mailer.test/v1/messages"
MAIL = mail.Mail(to="u1", subject="Hello", body="World")


async def send() -> mail.Accepted:
    return await mail.send(key="notification:n1", mail=MAIL)


@respx.mock
@pytest.mark.parametrize("status", [200, 202])
async def test_a_message_that_is_taken(status: int) -> None:
    route = respx.post(URL).respond(status, json={"message_id": "m1"})
    assert (await send()).message_id == "m1"
    request = route.calls.last.request
    assert request.headers["idempotency-key"] == "notification:n1"
    assert json.loads(request.content) == {"to": "u1", "subject": "Hello", "body": "World"}


@respx.mock
@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_message_that_will_never_be_taken(status: int) -> None:
    respx.post(URL).respond(status, json={"code": "invalid"})
    with pytest.raises(TerminalError, match=f"gateway_refused: POST /v1/messages answered {status}"):
        await send()
