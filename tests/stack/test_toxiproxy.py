"""The adapter against the real Toxiproxy, an echo server behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest
from toxiproxy.api import APIConsumer

from chaos.errors import BadInput
from chaos.machine.toolchain import Tools
from chaos.stack.toxiproxy import Listener, Toxic, ToxiproxyClient, ToxiproxyError, Wedged
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration

DEADLINE_S = 20


@contextlib.asynccontextmanager
async def toxiproxy(binary: Path, timeout_s: float = DEADLINE_S) -> AsyncIterator[ToxiproxyClient]:
    process = await asyncio.create_subprocess_exec(
        binary, "-host", "127.0.0.1", "-port", "0", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )

    async def listening() -> int:
        for connection in psutil.Process(process.pid).net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                return connection.laddr.port
        raise NotYet("no port yet")

    try:
        yield ToxiproxyClient("127.0.0.1", await until(listening, "Toxiproxy listens", DEADLINE_S), timeout_s)
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def replying(prefix: bytes) -> AsyncIterator[str]:
    """A server that sends every line back behind `prefix`; yields its host:port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(prefix + line)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


class Talk:
    """One connection through a proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, line: bytes) -> bytes:
        """The answer; b"" or ConnectionError if the connection is broken."""
        self.writer.write(line)
        async with asyncio.timeout(DEADLINE_S):
            return await self.reader.readline()


@contextlib.asynccontextmanager
async def talking(listener: Listener) -> AsyncIterator[Talk]:
    reader, writer = await asyncio.open_connection(listener.host, listener.port)
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@pytest.fixture
async def upstream() -> AsyncIterator[str]:
    async with replying(b"") as address:
        yield address


@pytest.fixture
async def client(tools: Tools) -> AsyncIterator[ToxiproxyClient]:
    async with toxiproxy(tools.toxiproxy) as client:
        yield client


async def test_data_flows_through_a_proxy_on_loopback(client: ToxiproxyClient, upstream: str) -> None:
    listener = await client.create("gateway", upstream)
    assert listener.host == "127.0.0.1"
    assert listener.port > 0
    async with talking(listener) as talk:
        assert await talk.say(b"hello\n") == b"hello\n"
    assert await client.version() == "2.12.0"


async def test_a_proxy_can_be_made_again_on_the_port_it_had(tools: Tools, upstream: str) -> None:
    async with toxiproxy(tools.toxiproxy) as before:
        first = await before.create("gateway", upstream)
    async with toxiproxy(tools.toxiproxy) as after:
        assert await after.create("gateway", upstream, port=first.port) == first


async def test_what_a_new_toxiproxy_lacks_is_made_again(client: ToxiproxyClient, upstream: str) -> None:
    for name in ("gateway", "mailer"):
        await client.create(name, "127.0.0.1:1")
        await client.set_upstream(name, upstream)
        await client.add_toxic(name, "slow", "latency", "upstream", {"latency": 7})
    before = await client.state()
    await client._call("removing a proxy", client._api.delete, "/proxies/gateway")
    await client.restore()
    after = await client.state()
    assert after["gateway"] == before["gateway"].model_copy(update={"toxics": ()})
    assert after["mailer"] == before["mailer"], "what is there stays as it is"


async def test_a_toxic_is_read_back_and_removed(client: ToxiproxyClient, upstream: str) -> None:
    await client.create("gateway", upstream)
    await client.add_toxic("gateway", "slow", "latency", "upstream", {"latency": 7})
    slow = Toxic(name="slow", type="latency", stream="upstream", toxicity=1, attributes={"latency": 7, "jitter": 0})
    assert await client.toxics("gateway") == (slow,)
    assert (await client.state())["gateway"].toxics == (slow,)
    await client.remove_toxic("gateway", "slow")
    assert await client.toxics("gateway") == ()


async def test_a_toxic_can_be_changed(client: ToxiproxyClient, upstream: str) -> None:
    await client.create("gateway", upstream)
    await client.add_toxic("gateway", "slow", "latency", "upstream", {"latency": 7, "jitter": 1})
    await client.update_toxic("gateway", "slow", {"latency": 8})
    assert [toxic.attributes for toxic in await client.toxics("gateway")] == [{"latency": 8, "jitter": 1}]
    with pytest.raises(ToxiproxyError, match=r"changing toxic slow of proxy gateway to .*latencyms.* made it Toxic"):
        await client.update_toxic("gateway", "slow", {"latencyms": 9})
    with pytest.raises(ToxiproxyError, match=r"changing toxic fast of proxy gateway to .*toxic not found"):
        await client.update_toxic("gateway", "fast", {"latency": 8})


async def test_a_toxic_bites(client: ToxiproxyClient, upstream: str) -> None:
    listener = await client.create("gateway", upstream)
    await client.add_toxic("gateway", "stump", "limit_data", "downstream", {"bytes": 3})
    async with talking(listener) as talk:
        assert await talk.say(b"hello\n") == b"hel"


@pytest.mark.parametrize(
    ("type_", "attributes", "message"),
    [
        ("latency", {"latencyms": 7}, "asked for .*latencyms"),
        ("no_such_type", {}, "adding toxic odd .no_such_type. to proxy gateway: .*invalid toxic type"),
    ],
)
async def test_a_toxic_that_does_not_take_is_an_error_and_leaves_nothing(
    client: ToxiproxyClient, upstream: str, type_: str, attributes: dict[str, int], message: str
) -> None:
    await client.create("gateway", upstream)
    with pytest.raises(ToxiproxyError, match=message):
        await client.add_toxic("gateway", "odd", type_, "downstream", attributes)
    assert await client.toxics("gateway") == ()


async def test_a_second_toxic_of_a_name_is_refused_and_the_first_stays(client: ToxiproxyClient, upstream: str) -> None:
    await client.create("gateway", upstream)
    await client.add_toxic("gateway", "slow", "latency", "upstream", {"latency": 7})
    with pytest.raises(ToxiproxyError, match=r"toxic slow .* proxy gateway: .*already exists"):
        await client.add_toxic("gateway", "slow", "latency", "downstream", {"latency": 8})
    assert [toxic.stream for toxic in await client.toxics("gateway")] == ["upstream"]


async def test_a_toxic_added_by_a_cancelled_task_does_not_stay(client: ToxiproxyClient, upstream: str) -> None:
    await client.create("gateway", upstream)
    adding = asyncio.create_task(client.add_toxic("gateway", "slow", "latency", "upstream", {"latency": 7}))
    await asyncio.sleep(0)  # lets it begin
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding
    assert await client.toxics("gateway") == ()


async def test_disable_breaks_and_refuses_and_enable_heals(client: ToxiproxyClient, upstream: str) -> None:
    listener = await client.create("gateway", upstream)
    async with talking(listener) as talk:
        await talk.say(b"hello\n")
        await client.disable("gateway")
        assert not (await client.state())["gateway"].enabled
        assert await talk.say(b"still there?\n") == b""
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(listener.host, listener.port)
    await client.enable("gateway")
    async with talking(listener) as talk:
        assert await talk.say(b"hello\n") == b"hello\n"


async def test_cut_breaks_pooled_connections_and_lets_new_ones_in(client: ToxiproxyClient, upstream: str) -> None:
    listener = await client.create("gateway", upstream)
    async with talking(listener) as pooled:
        await pooled.say(b"hello\n")
        await client.cut("gateway")
        assert await pooled.say(b"still there?\n") == b""
    async with talking(listener) as fresh:
        assert await fresh.say(b"hello\n") == b"hello\n"


async def test_the_upstream_can_be_changed(client: ToxiproxyClient, upstream: str) -> None:
    listener = await client.create("gateway", upstream)
    async with replying(b"other: ") as other:
        await client.set_upstream("gateway", other)
        async with talking(listener) as talk:
            assert await talk.say(b"hello\n") == b"other: hello\n"


async def test_clients_of_several_servers_work_at_once(tools: Tools, upstream: str) -> None:
    async with toxiproxy(tools.toxiproxy) as one, toxiproxy(tools.toxiproxy) as two:
        await asyncio.gather(*(client.create("gateway", upstream) for client in (one, two)))
        await asyncio.gather(
            *(
                client.add_toxic("gateway", f"slow-{number}", "latency", "upstream", {"latency": number})
                for client, numbers in ((one, range(10)), (two, range(10, 20)))
                for number in numbers
            )
        )
        assert {toxic.name for toxic in await one.toxics("gateway")} == {f"slow-{n}" for n in range(10)}
        assert {toxic.name for toxic in await two.toxics("gateway")} == {f"slow-{n}" for n in range(10, 20)}
    assert (APIConsumer.host, APIConsumer.port) == ("127.0.0.1", 8474), "the library of everyone else is as it was"


async def send_and_remove(client: ToxiproxyClient, talk: Talk) -> None:
    """Removes the toxic until the data has reached it, which nothing else tells; until then it comes off."""
    while True:
        talk.writer.write(b"hello\n")
        await client.remove_toxic("gateway", "reset")
        await client.add_toxic("gateway", "reset", "reset_peer", "upstream", {"timeout": 600_000})


async def test_a_removal_that_wedges_is_told(tools: Tools, upstream: str) -> None:
    async with toxiproxy(tools.toxiproxy, timeout_s=1) as client:
        listener = await client.create("gateway", upstream)
        await client.create("mailer", upstream)
        # Once it has data, reset_peer waits its time out before it lets anybody remove it.
        await client.add_toxic("gateway", "reset", "reset_peer", "upstream", {"timeout": 600_000})
        async with talking(listener) as talk:
            with pytest.raises(Wedged, match=r"removing toxic reset from proxy gateway: .* within 1 s: restart it"):
                await send_and_remove(client, talk)
        assert await client.toxics("mailer") == (), "the other proxies can still be asked"


async def test_a_toxiproxy_that_is_gone_is_told(tools: Tools, upstream: str) -> None:
    async with toxiproxy(tools.toxiproxy) as client:
        await client.create("gateway", upstream)
    with pytest.raises(ToxiproxyError, match="disabling proxy gateway: no usable answer from Toxiproxy"):
        await client.disable("gateway")


async def test_a_toxiproxy_that_stands_still_is_wedged(tools: Tools) -> None:
    async with toxiproxy(tools.toxiproxy, timeout_s=1) as client:
        (server,) = (child for child in psutil.Process().children() if "toxiproxy" in child.name())
        server.send_signal(signal.SIGSTOP)
        with pytest.raises(Wedged, match="restart it"):
            await client.version()


@contextlib.asynccontextmanager
async def answering(answer: Callable[[str, str], tuple[int, str]]) -> AsyncIterator[ToxiproxyClient]:
    """The client of a server that gives every request (method, path) the status and body that `answer` says."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, path, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
        status, body = answer(method, path)
        head = f"HTTP/1.1 {status} Whatever\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write((head + body).encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield ToxiproxyClient(*server.sockets[0].getsockname(), timeout_s=DEADLINE_S)


@pytest.mark.parametrize("status", [302, 500, 503])
async def test_only_2xx_is_success(status: int) -> None:
    async with answering(lambda _method, _path: (status, "oops")) as client:
        with pytest.raises(ToxiproxyError, match=f"asking for the version: HTTP {status} oops"):
            await client.version()


async def test_an_answer_that_makes_no_sense_is_told() -> None:
    async with answering(lambda _method, _path: (200, "not JSON")) as client:
        with pytest.raises(ToxiproxyError, match="creating proxy gateway: no usable answer"):
            await client.create("gateway", "127.0.0.1:1")


async def test_a_server_that_confirms_and_does_nothing_is_found_out() -> None:
    proxy = {"name": "gateway", "listen": "127.0.0.1:1", "upstream": "127.0.0.1:2", "enabled": True}
    toxic = {"name": "slow", "type": "latency", "stream": "upstream", "toxicity": 1, "attributes": {"latency": 7}}

    def answer(method: str, path: str) -> tuple[int, str]:
        if path.endswith("/toxics"):
            return 200, json.dumps([toxic])
        return 200, "{}" if (method, path) == ("GET", "/proxies") else json.dumps(proxy)

    async with answering(answer) as client:
        await client.create("gateway", "127.0.0.1:2")
        with pytest.raises(ToxiproxyError, match=r"disabling proxy gateway: .* states \{'enabled': True\}"):
            await client.disable("gateway")
        with pytest.raises(ToxiproxyError, match=r"pointing proxy gateway at 127.0.0.1:3: .* states \{'upstream'"):
            await client.set_upstream("gateway", "127.0.0.1:3")
        with pytest.raises(ToxiproxyError, match=r"removing toxic slow from proxy gateway: .* still there"):
            await client.remove_toxic("gateway", "slow")
        with pytest.raises(ToxiproxyError, match=r"adding toxic new .* made it None"):
            await client.add_toxic("gateway", "new", "latency", "upstream", {"latency": 7})
        proxy["enabled"] = False
        with pytest.raises(ToxiproxyError, match=r"enabling proxy gateway: .* states \{'enabled': False\}"):
            await client.enable("gateway")
        with pytest.raises(ToxiproxyError, match=r"cutting proxy gateway: .* states \{'enabled': False\}"):
            await client.cut("gateway")


async def test_names_are_checked_before_they_become_addresses(client: ToxiproxyClient, upstream: str) -> None:
    with pytest.raises(BadInput, match="cannot name a proxy"):
        await client.create("gate/way", upstream)
    with pytest.raises(BadInput, match="there is no proxy 'gateway'"):
        await client.cut("gateway")
    await client.create("gateway", upstream)
    with pytest.raises(BadInput, match="cannot name a toxic"):
        await client.add_toxic("gateway", "slow?", "latency", "upstream", {"latency": 7})
    with pytest.raises(ToxiproxyError, match="creating proxy gateway: This proxy already exists"):
        await client.create("gateway", upstream)
