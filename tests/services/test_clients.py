"""Every call to the outside against every answer it may get: what is done, what ends it, what is asked again, when."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx
from restate import TerminalError
from restate.exceptions import RetryableError

from services import directory, mail, payment
from services.errors import code_of
from services.outbound import ANSWER_BYTES, Unclear
from services.settings import settings

AGAIN = "again"
REQUEST = payment.ChargeRequest(order_id="o1", amount_cents=1, currency="EUR", payment_token="tok", mode="direct")
MAIL = mail.Mail(to="u1", subject="Hello", body="World")


def in_an_hour_ms() -> int:
    return int(time.time() * 1000) + 3_600_000


@dataclass(frozen=True)
class Call:
    """One attempt, the body that answers it, and what 4xx mean to it beside "never"; `body` None: it reads none."""

    attempt: Callable[[], Awaitable[object]]
    body: object
    means: dict[int, str] = field(default_factory=dict)


CALLS = {
    "charge": Call(
        lambda: payment.charge(key="k", request=REQUEST, deadline_ms=in_an_hour_ms()),
        {"charge_id": "ch_1", "status": "captured"},
        {402: "declined", 409: AGAIN},
    ),
    "outcome": Call(
        lambda: payment.outcome(order_id="o1", charge_id="ch_1", deadline_ms=in_an_hour_ms()),
        {"charges": [{"charge_id": "ch_1", "status": "captured", "amount_cents": 1}]},
    ),
    "void": Call(lambda: payment.void(key="k"), {"outcome": "barred"}),
    "refund": Call(lambda: payment.refund(key="k", charge_id="ch_1"), {"refund_id": "re_1"}),
    "mail": Call(lambda: mail.send(key="k", mail=MAIL), {"message_id": "m1"}),
    "role": Call(lambda: directory.put_role(user_id="u1", role="admin"), None),
    "permissions": Call(lambda: directory.put_permissions(user_id="u1", permissions=["read"]), None),
}
READING = [name for name, call in CALLS.items() if call.body is not None]


async def end_of(name: str, answer: httpx.Response | BaseException) -> str:
    """How one attempt ends: "done", the code of the error that ends the run, or that it is to be asked again."""
    with respx.mock:
        respx.route().mock(side_effect=[answer])
        try:
            await CALLS[name].attempt()
        except (Unclear, RetryableError):
            return AGAIN
        except TerminalError as error:
            return code_of(error)
    return "done"


@pytest.mark.parametrize("name", CALLS)
async def test_every_status_means_something(name: str) -> None:
    call = CALLS[name]
    for status in range(200, 600):
        if status < 300:
            expected = "done"
        elif status in (408, 425, 429) or not 400 <= status < 500:
            expected = AGAIN
        else:
            expected = call.means.get(status, "gateway_refused")
        body = call.body if status < 300 else {"code": "no_thanks"}
        assert (status, await end_of(name, httpx.Response(status, json=body))) == (status, expected)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 409, 411, 413, 414, 418, 422, 431, 451, 499])
async def test_a_refusal_without_a_code_is_not_the_last_word(name: str, status: int) -> None:
    """It comes from what stands in between: a proxy, a firewall, a load balancer without its servers."""
    html = {"content": b'<html>{"code": "no"}</html>', "headers": {"content-type": "text/html"}}
    coded = {"content": b'{"code": "card_declined"}', "headers": {"content-type": "text/html"}}
    answers = [httpx.Response(status, **html), httpx.Response(status, **coded), httpx.Response(status)]
    answers += [
        httpx.Response(status, json=body) for body in ({}, [], {"error": "no"}, {"code": 7}, {"code": "No <b>"})
    ]
    assert {await end_of(name, answer) for answer in answers} == {AGAIN}


@pytest.mark.parametrize("name", CALLS)
async def test_under_way_is_no_answer(name: str) -> None:
    assert await end_of(name, httpx.Response(409, json={"code": "in_progress"})) == AGAIN
    busy = httpx.Response(409, json={"code": "in_progress"}, headers={"retry-after": "7"})
    assert await wait_asked(name, busy) == timedelta(seconds=7)


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b"{}", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 10_000, "application/json"),
        (b"1" * (ANSWER_BYTES + 1), "application/json"),
        (b'{"charge_id":1,"charges":1,"outcome":1,"refund_id":1,"message_id":1}', "application/json"),
        (None, "text/html"),
        (None, ""),
    ],
    ids=["empty", "cut", "list", "null", "bare", "binary", "deep", "huge", "types", "html", "untyped"],
)
async def test_a_good_status_with_a_body_that_says_nothing_is_asked_again(
    name: str, content: bytes | None, kind: str
) -> None:
    body = httpx.Response(200, json=CALLS[name].body).content if content is None else content
    assert await end_of(name, httpx.Response(200, content=body, headers={"content-type": kind})) == AGAIN


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "broken",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset by peer"),
        httpx.ReadTimeout("slow"),
        httpx.WriteError("broken pipe"),
        httpx.RemoteProtocolError("closed without an answer"),
        httpx.PoolTimeout("none is free"),
    ],
    ids=lambda broken: type(broken).__name__,
)
async def test_a_broken_connection_is_asked_again(name: str, broken: httpx.HTTPError) -> None:
    assert await end_of(name, broken) == AGAIN


@pytest.mark.parametrize("name", CALLS)
async def test_a_connection_that_is_reset_is_asked_again(name: str, environment: pytest.MonkeyPatch) -> None:
    """On a real socket: the request arrives, and instead of an answer comes a reset."""
    arrived = []

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.append(await reader.readline())
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        url = "http://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
        for setting in ("NEXUS_GATEWAY_URL", "NEXUS_MAILER_URL"):
            environment.setenv(setting, url)
        settings.cache_clear()
        with pytest.raises(Unclear, match="Error"):
            await CALLS[name].attempt()
    assert len(arrived) == 1


@pytest.mark.parametrize("name", CALLS)
async def test_an_answer_that_does_not_come_in_time_is_asked_for_again(
    name: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("NEXUS_ATTEMPT_TIMEOUT_S", "0.01")
    settings.cache_clear()

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    with respx.mock:
        respx.route().mock(side_effect=never)
        with pytest.raises(Unclear, match="TimeoutError"):
            await CALLS[name].attempt()


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [302, 408, 425, 429, 500, 503])
async def test_a_retry_after_is_honoured_in_seconds_and_as_a_date(name: str, status: int) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
    waits = [await wait_asked(name, httpx.Response(status, headers={"retry-after": after})) for after in ("7", date)]
    assert waits[0] == timedelta(seconds=7)
    assert timedelta(0) < waits[1] <= timedelta(minutes=30)


async def wait_asked(name: str, answer: httpx.Response) -> timedelta:
    with respx.mock:
        respx.route().mock(side_effect=[answer])
        with pytest.raises(RetryableError) as later:
            await CALLS[name].attempt()
    assert later.value.retry_after is not None
    return later.value.retry_after
