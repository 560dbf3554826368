"""Serves ASGI apps from this process, on loopback by default; reserves a port for a process that is restarted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping, Sequence
from typing import Any

from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.asyncio.lifespan import Lifespan
from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.asyncio.worker_context import WorkerContext
from hypercorn.config import Config
from hypercorn.typing import LifespanState

from chaos.errors import BadInput

log = logging.getLogger(__name__)
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

HOST = "127.0.0.1"
TRANSPORT = "chaos.transport"  # scope["extensions"][TRANSPORT]: the asyncio transport of the request's connection
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
FOR_EVER = 10**9
CANCELLED_WITHIN_S = 0.2  # then it is tried again
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, 0 s


def reserve_port(port: int = 0, host: str = HOST) -> socket.socket:
    """A socket on `host`, bound but not listening, that reserves `port` (0: the kernel chooses) while it is open.

    Processes started with that port share it by SO_REUSEPORT, one after another or side by side. Until one of them
    listens, connections are refused. Raises BadInput when another program has the port.
    """
    # With the protocol given, asyncio turns off Nagle's algorithm; otherwise each small answer waits 40 ms for an ACK.
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, port))
    except (OSError, OverflowError) as error:
        reserved.close()
        raise BadInput(
            f"cannot listen: {error}",
            where=f"port {port} of {host}",
            allowed="a free port from 1 to 65535, or 0 to let the kernel choose",
        ) from error
    return reserved


def reset(scope: Scope) -> None:
    """Ends the request's connection with a TCP reset (RST); anything not sent yet is discarded."""
    transport: asyncio.Transport = scope["extensions"][TRANSPORT]
    if not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        transport.abort()


def _print_ready(ports: Sequence[int]) -> None:
    print(json.dumps({"ready": True, "ports": ports}), flush=True)


async def serve(
    apps: Sequence[tuple[App, int]],
    *,
    host: str = HOST,
    grace_s: float = 3.0,
    ready: Callable[[Sequence[int]], None] = _print_ready,
) -> None:
    """Serves each app on its port of `host` (HTTP/1.1 and HTTP/2 without TLS) until SIGTERM or SIGINT.

    Once every port listens, `ready` is called with them in the order of `apps`; by default it prints one line of JSON:
    {"ready": true, "ports": [...]}. At the end, requests under way get `grace_s` seconds and are then cut off.
    Raises BadInput when a port is not available.
    """
    with _stop_signals() as stop:
        config = _config()
        connections = _Connections(config)
        async with contextlib.AsyncExitStack() as stack:
            sockets = [stack.enter_context(reserve_port(port, host)) for _, port in apps]
            states = [await stack.enter_async_context(_lifespan(app, config)) for app, _ in apps]
            servers = [
                await asyncio.start_server(connections.of(app, state), sock=listener, backlog=config.backlog)
                for (app, _), state, listener in zip(apps, states, sockets, strict=True)
            ]
            ready([listener.getsockname()[1] for listener in sockets])
            await stop.wait()
            for server in servers:
                server.close()  # not wait_closed(): from Python 3.12 on it waits for the connections
            await connections.end(grace_s)


class _Connections:
    """The open connections, each with its task."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._context = WorkerContext(None)
        self._standing: dict[asyncio.Task[Any], asyncio.WriteTransport] = {}
        self._requests: set[asyncio.Task[Any]] = set()

    def of(self, app: App, state: LifespanState) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]:
        """Runs the app on a new connection; the app finds the connection's transport in its scope."""
        loop = asyncio.get_running_loop()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async def with_transport(scope: Any, receive: Any, send: Any) -> None:
                scope["extensions"][TRANSPORT] = writer.transport
                request: Any = asyncio.current_task()
                self._requests.add(request)
                request.add_done_callback(self._requests.discard)
                await app(scope, receive, send)

            task: Any = asyncio.current_task()
            self._standing[task] = writer.transport
            task.add_done_callback(self._standing.pop)
            try:
                await TCPServer(ASGIWrapper(with_transport), loop, self._config, self._context, state, reader, writer)
            except Exception as error:  # noqa: BLE001 - hypercorn trips over connections that break at the wrong moment
                # Its traceback would show the bytes received, including clients' secrets.
                log.warning("a connection broke: %s", type(_innermost(error)).__name__)

        return connected

    async def end(self, grace_s: float) -> None:
        """Lets each connection finish the request it is in, at most `grace_s` seconds, then breaks it."""
        await self._context.terminated.set()  # idle connections close at once
        if self._standing:
            await asyncio.wait(self._standing, timeout=grace_s)
        for transport in self._standing.values():
            transport.abort()  # otherwise hypercorn would answer the cancelled request with a 500
        while self._standing:
            # Repeatedly: an app may miss a cancellation, as the Restate SDK does in the middle of its teardown, and
            # its connection's task, once cancelled, passes on no further ones.
            for task in (*self._standing, *self._requests):
                task.cancel()
            await asyncio.wait(self._standing, timeout=CANCELLED_WITHIN_S)


def _innermost(error: BaseException) -> BaseException:
    """The first error that is not a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event set by the stop signals, even after an app has installed its own handler in the loop's only slot.

    (The Restate SDK does so on its first request.) Both handlers are then called.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    install = loop.add_signal_handler

    def install_beside_stop(number: int, callback: Callable[..., object], *args: object) -> None:
        def both() -> None:
            stop.set()
            callback(*args)

        install(number, both if number in STOP_SIGNALS else lambda: callback(*args))

    for number in STOP_SIGNALS:
        install(number, stop.set)
    loop.add_signal_handler = install_beside_stop  # type: ignore[assignment, method-assign]
    try:
        yield stop
    finally:
        loop.add_signal_handler = install  # type: ignore[method-assign]
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def _lifespan(app: App, config: Config) -> AsyncIterator[LifespanState]:
    """The app's lifespan protocol, for apps that have one: started on entry, shut down on exit."""
    state: LifespanState = {}
    lifespan = Lifespan(ASGIWrapper(app), config, asyncio.get_running_loop(), state)  # type: ignore[arg-type]
    task = asyncio.create_task(lifespan.handle_lifespan())
    await lifespan.wait_for_startup()
    if task.done():
        task.result()  # raises if the app said that it cannot start
    try:
        yield state
    finally:
        await lifespan.wait_for_shutdown()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _config() -> Config:
    """Hypercorn without the limits that would break connections without the fault plan knowing."""
    config = Config()
    config.backlog = 1024
    config.keep_alive_timeout = FOR_EVER
    config.keep_alive_max_requests = FOR_EVER
    config.h2_max_concurrent_streams = 10_000  # one per invocation under way; the server would queue any more
    config.loglevel = "ERROR"
    config.errorlog = "-"
    return config
