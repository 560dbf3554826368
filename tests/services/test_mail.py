"""The mailer's client."""

from __future__ import annotations

import json

import httpx
import pytest
import respx
from restate import TerminalError

from services import mail
from services.outbound import Unclear

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
    respx.post(URL).respond(status)
    with pytest.raises(TerminalError, match=f"gateway_refused: POST /v1/messages answered {status}"):
        await send()


@respx.mock
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(202, json={}),
        httpx.Response(202, text="ok"),
        httpx.Response(302),
        httpx.Response(429),
        httpx.Response(503),
        httpx.ReadError("reset"),
        httpx.ConnectTimeout("slow"),
    ],
)
async def test_a_message_whose_fate_is_open(answer: httpx.Response | httpx.HTTPError) -> None:
    respx.post(URL).mock(side_effect=[answer])
    with pytest.raises(Unclear):
        await send()
