"""The serving helper, as a process of its own: ready line, both protocols, shared ports, bounded stop, real resets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from chaos.errors import BadInput
from chaos.machine import serving
from chaos.machine.serving import HOST, reserve_port
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
APPS = """
import asyncio, contextlib, signal, socket, sys
from chaos.machine.serving import TRANSPORT, reset, serve

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                print("shut down", flush=True)
            await send({"type": kind + ".complete"})
            if kind == "lifespan.shutdown":
                return
    path = scope["path"]
    if path == "/reset":
        return reset(scope)
    if path == "/nodelay":
        connection = scope["extensions"][TRANSPORT].get_extra_info("socket")
        print(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), flush=True)
    if path == "/hook":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: print("hook", flush=True))
    if path == "/slow":
        print("slow", flush=True)
        await asyncio.sleep(0.3)
    if path == "/stubborn":
        print("never", flush=True)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()
    if path == "/never":
        print("never", flush=True)
        await asyncio.Event().wait()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["http_version"].encode()})

async def second(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"second"})

asyncio.run(serve([(app, int(sys.argv[1])), (second, 0)], grace_s=float(sys.argv[2])))
"""


class Served:
    """The apps above in a process, and their ports."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int]) -> None:
        self.process = process
        self.ports = ports
        self.url = f"http://{HOST}:{ports[0]}"

    async def line(self) -> str:
        assert self.process.stdout
        async with asyncio.timeout(20):
            return (await self.process.stdout.readline()).decode().strip()

    async def end(self) -> int:
        async with asyncio.timeout(20):
            return await self.process.wait()


@contextlib.asynccontextmanager
async def served(folder: Path, port: int = 0, grace_s: float = 20) -> AsyncIterator[Served]:
    script = folder / "apps.py"
    script.write_text(APPS)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(port),
        str(grace_s),
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        assert process.stdout
        async with asyncio.timeout(20):
            ready = json.loads(await process.stdout.readline())
        assert ready["ready"] is True
        yield Served(process, ready["ports"])
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def test_each_app_has_its_port_and_both_protocols(tmp_path: Path) -> None:
    async with served(tmp_path) as apps:
        async with httpx.AsyncClient() as client:
            assert (await client.get(apps.url)).text == "1.1"
            assert (await client.get(f"http://{HOST}:{apps.ports[1]}")).text == "second"
        async with httpx.AsyncClient(http1=False, http2=True) as client:
            assert (await client.get(apps.url)).text == "2"


async def test_small_answers_are_sent_without_delay(tmp_path: Path) -> None:
    async with served(tmp_path) as apps, httpx.AsyncClient() as client:
        await client.get(f"{apps.url}/nodelay")
        assert await apps.line() == "1"


async def test_stop_lets_a_request_under_way_finish_and_shuts_the_app_down(tmp_path: Path) -> None:
    async with served(tmp_path) as apps, httpx.AsyncClient() as client:
        answer = asyncio.create_task(client.get(f"{apps.url}/slow", timeout=20))
        assert await apps.line() == "slow"
        apps.process.send_signal(signal.SIGTERM)
        assert (await answer).status_code == 200
        assert await apps.line() == "shut down"
        assert await apps.end() == 0


@pytest.mark.parametrize("path", ["never", "stubborn"])
async def test_stop_does_not_wait_for_ever_for_a_request(path: str, tmp_path: Path) -> None:
    async with served(tmp_path, grace_s=0.1) as apps, httpx.AsyncClient() as client:
        answer = asyncio.create_task(client.get(f"{apps.url}/{path}", timeout=20))
        assert await apps.line() == "never"
        apps.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            await answer
        assert await apps.end() == 0


async def test_an_app_with_a_signal_handler_of_its_own_does_not_prevent_the_stop(tmp_path: Path) -> None:
    async with served(tmp_path) as apps, httpx.AsyncClient() as client:
        await client.get(f"{apps.url}/hook")
        apps.process.send_signal(signal.SIGTERM)
        assert await apps.line() == "hook"
        assert await apps.end() == 0


async def test_reset_sends_a_real_rst_on_a_kept_alive_connection(tmp_path: Path) -> None:
    async with served(tmp_path) as apps:
        reader, writer = await asyncio.open_connection(HOST, apps.ports[0])
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b" 200 " in await reader.readuntil(b"0\r\n\r\n")
        writer.write(b"GET /reset HTTP/1.1\r\nhost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):  # a plain close would read as end of file
            await reader.read()
        writer.close()


async def test_a_reserved_port_is_refused_between_two_lives_and_served_in_each(tmp_path: Path) -> None:
    with reserve_port() as reserved:
        port = reserved.getsockname()[1]
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection(HOST, port)
            async with served(tmp_path, port) as apps, httpx.AsyncClient() as client:
                assert (await client.get(apps.url)).status_code == 200
                apps.process.kill()
                await apps.end()


def test_a_port_of_another_program_is_a_clear_error() -> None:
    with (
        socket.create_server((HOST, 0)) as other,
        pytest.raises(BadInput, match=r"port \d+ of 127.0.0.1: cannot listen"),
    ):
        reserve_port(other.getsockname()[1])
    with pytest.raises(BadInput, match="port 70000"):
        reserve_port(70000)


async def test_a_connection_that_breaks_shows_no_byte_of_what_it_carried(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As hypercorn does: an error of its own while it handles one that names the bytes received."""

    async def trip(server: serving.TCPServer) -> None:
        server.writer.close()
        error = ExceptionGroup("unhandled errors in a TaskGroup", [KeyError(3)])
        error.__context__ = ValueError(b"PRI * HTTP/2.0 tok_ok_canary")
        raise error

    monkeypatch.setattr(serving.TCPServer, "run", trip)
    connections = serving._Connections(serving._config())
    server = await asyncio.start_server(connections.of(no_app, {}), "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        _, writer = await asyncio.open_connection(host, port)

        async def logged() -> None:
            if "a connection broke: KeyError" not in caplog.text:
                raise NotYet(caplog.text)

        await until(logged, "the break to be logged", 10)
        writer.close()
    assert "canary" not in caplog.text
    assert "Traceback" not in caplog.text


async def no_app(scope: object, receive: object, send: object) -> None: ...
