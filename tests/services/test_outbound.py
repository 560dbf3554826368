"""One attempt over HTTP: which answers count, and which leave it open whether anything happened."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from restate.exceptions import RetryableError

from services.outbound import ANSWER_BYTES, LONGEST_WAIT, Answer, Reply, Unclear, as_header, ask, retry_after, retrying
from services.settings import settings

FAR_EAST = f"Mon, 01 Jan 2030 00:00:00 +{10**20}"
URL = "http://gateway.test/v1/things"


class Thing(Reply):
    thing_id: str
    size: int = 0


async def attempt() -> Answer:
    return await ask("POST", "http://gateway.test", "/v1/things", key="k1", body=Thing(thing_id="t"))


@respx.mock
async def test_an_attempt_carries_its_key_and_its_body() -> None:
    route = respx.post(URL).respond(200, json={"thing_id": "t1"})
    assert (await attempt()).parse(Thing) == Thing(thing_id="t1")
    request = route.calls.last.request
    assert request.headers["idempotency-key"] == "k1"
    assert request.headers["content-type"] == "application/json"
    assert request.content == b'{"thing_id":"t","size":0}'


@respx.mock
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599, 301, 302, 307, 308, 304])
async def test_statuses_that_say_nothing_final_leave_it_open(status: int) -> None:
    route = respx.post(URL).respond(status, headers={"location": "http://gateway.test/elsewhere"})
    with pytest.raises(Unclear, match=f"POST /v1/things: {status}"):
        await attempt()
    assert route.call_count == 1, "neither redirected nor repeated here"


@respx.mock
@pytest.mark.parametrize("location", ["", "a:99999999", "//xn--/", ":a://[].@@", "http://[", "\x80", "http:///"])
async def test_a_redirect_to_nowhere_leaves_it_open_too(location: str) -> None:
    respx.post(URL).respond(302, headers=[("location", location.encode("latin-1"))])
    with pytest.raises(Unclear, match="POST /v1/things: "):
        await attempt()


@respx.mock
@pytest.mark.parametrize("status", [200, 202, 400, 401, 402, 404, 409, 422])
async def test_other_statuses_are_answers(status: int) -> None:
    respx.post(URL).respond(status, json={"code": "some_code"})
    answer = await attempt()
    assert (answer.status, answer.code, answer.ok) == (status, "some_code", status < 300)


@respx.mock
@pytest.mark.parametrize("body", [{"code": "in_progress"}, {}, None])
async def test_what_says_that_it_is_under_way_or_gives_no_code_is_asked_again(body: object) -> None:
    respx.post(URL).respond(409, json=body)
    with pytest.raises(Unclear, match="POST /v1/things: 409"):
        await attempt()


@respx.mock
@pytest.mark.parametrize(
    "broken",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset by peer"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed without an answer"),
        httpx.WriteError("broken pipe"),
    ],
)
async def test_broken_connections_leave_it_open(broken: httpx.HTTPError) -> None:
    respx.post(URL).mock(side_effect=broken)
    with pytest.raises(Unclear, match=type(broken).__name__):
        await attempt()


@respx.mock
async def test_no_answer_in_time_leaves_it_open(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NEXUS_ATTEMPT_TIMEOUT_S", "0.05")
    settings.cache_clear()

    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    respx.post(URL).mock(side_effect=never)
    with pytest.raises(Unclear, match="TimeoutError"):
        await attempt()


async def test_no_proxy_of_the_environment_hears_of_a_payment(environment: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readline())
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    heard: list[bytes] = []
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = "http://127.0.0.1:{1}".format(*server.sockets[0].getsockname())
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            environment.setenv(name, "http://user:secret@nowhere.invalid:1")
        for name in ("NO_PROXY", "no_proxy"):
            environment.setenv(name, "")
        assert (await ask("GET", url, "/v1/things")).status == 200
    assert heard == [b"GET /v1/things HTTP/1.1\r\n"]


class Endless(httpx.AsyncByteStream):
    """A body of which one byte comes now and then, for ever."""

    async def __aiter__(self):
        while True:
            yield b" "
            await asyncio.sleep(0.001)


@respx.mock
async def test_a_body_that_trickles_in_does_not_stretch_the_attempt(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NEXUS_ATTEMPT_TIMEOUT_S", "0.05")
    settings.cache_clear()
    respx.post(URL).mock(return_value=httpx.Response(200, stream=Endless()))
    with pytest.raises(Unclear, match="TimeoutError"):
        await attempt()


@respx.mock
async def test_an_oversized_body_is_not_read_to_its_end() -> None:
    respx.post(URL).respond(200, content=b"x" * (ANSWER_BYTES + 1), headers={"content-type": "application/json"})
    with pytest.raises(Unclear, match="oversized"):
        await attempt()


@respx.mock
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b"{not json", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"thing_id": 5}', "application/json"),
        (b'{"size": 5}', "application/json"),
        (b'{"thing_id": "t1"}', "text/html"),
        (b'{"thing_id": "t1"}', ""),
    ],
)
async def test_a_good_status_with_another_body_leaves_it_open(content: bytes, kind: str) -> None:
    respx.post(URL).respond(200, content=content, headers={"content-type": kind})
    answer = await attempt()
    with pytest.raises(Unclear, match="POST /v1/things: 200"):
        answer.parse(Thing)


@respx.mock
async def test_fields_we_do_not_know_and_parameters_of_the_content_type_are_fine() -> None:
    respx.post(URL).respond(
        200, content=b'{"thing_id": "t1", "new": 1}', headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert (await attempt()).parse(Thing).thing_id == "t1"


@respx.mock
@pytest.mark.parametrize("status", [429, 503, 302])
async def test_retry_after_becomes_the_wait(status: int) -> None:
    respx.post(URL).respond(status, headers={"retry-after": "7"})
    with pytest.raises(RetryableError, match=f"POST /v1/things: {status}") as later:
        await attempt()
    assert later.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "header", ["", "0", "-5", "soon", "1.5", "Wed, 21 Oct 2015 07:28:00 GMT", "٣", "9" * 40, FAR_EAST]
)
def test_a_retry_after_that_asks_for_nothing_is_ignored(header: str) -> None:
    assert retry_after(header) is None


@given(st.text() | st.from_regex(r"(Mon, )?[0-9]{1,4} (Jan|13) [0-9]{1,6} [0-9]{1,3}:[0-9:]{1,9} [+-]?[A-Z0-9]{0,30}"))
def test_no_retry_after_makes_an_attempt_stumble(header: str) -> None:
    wait = retry_after(header)
    assert wait is None or timedelta(0) < wait <= LONGEST_WAIT


@pytest.mark.parametrize("key", ["charge:o1", 'signup:50% of "us"/?#', "~" * 207])
def test_a_key_that_a_header_can_carry_is_sent_as_it_is(key: str) -> None:
    assert as_header(key) == key


@respx.mock
@pytest.mark.parametrize("name", ["ü", "\U0001f600" * 200, "ends blank ", " begins blank"])
async def test_a_key_of_any_name_is_sent_and_stays_its_own(name: str) -> None:
    route = respx.post(URL).respond(200, json={})
    keys = [name, f"{name} 2", name]
    for key in keys:
        await ask("POST", "http://gateway.test", "/v1/things", key=key)
    first, other, again = [call.request.headers["idempotency-key"] for call in route.calls]
    assert first == again != other
    assert re.fullmatch("sha256:[0-9a-f]{64}", first)


def test_a_retry_after_may_be_a_date() -> None:
    wait = retry_after(format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True))
    assert wait is not None
    assert timedelta(minutes=4) < wait <= timedelta(minutes=5)


def test_a_retry_after_of_years_is_cut() -> None:
    assert retry_after("999999999") == LONGEST_WAIT


async def test_a_run_is_retried_as_the_settings_say(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NEXUS_RETRY_INITIAL_MS", "250")
    environment.setenv("NEXUS_RETRY_FACTOR", "3")
    environment.setenv("NEXUS_RETRY_MAX_MS", "4000")
    settings.cache_clear()
    options = retrying(Thing, max_attempts=4)
    assert options.initial_retry_interval == timedelta(milliseconds=250)
    assert options.retry_interval_factor == 3
    assert options.max_retry_interval == timedelta(seconds=4)
    assert (options.max_attempts, options.max_duration) == (4, None)


def test_what_the_sdk_reports_of_an_attempt_is_the_sentence() -> None:
    assert repr(Unclear("POST /v1/charges: 503")) == "POST /v1/charges: 503"
