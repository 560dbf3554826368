"""One HTTP exchange on a fake's data port: a whole request in; an answer, a trickle or a reset out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from chaos.fakes.exchange import Request, name_or_none
from chaos.machine.serving import Message, Scope, reset

MAX_BODY_BYTES = 64 * 1024
TRICKLES_PER_S = 20
BODILESS = (204, 304)

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Wire:
    """The connection as one request sees it."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    @property
    def peer(self) -> str:
        """The client's address, "host:port"."""
        host, port = self._scope["client"]
        return f"{host}:{port}"

    async def read(self) -> Request:
        """The request; a body that is too large is read to its end and discarded."""
        body, size = bytearray(), 0
        while True:
            message = await self._receive()
            if message["type"] != "http.request":
                raise ConnectionError("the client went before its request was whole")
            size += len(message["body"])
            if size <= MAX_BODY_BYTES:
                body += message["body"]
            if not message["more_body"]:
                break
        keys = [value for name, value in self._scope["headers"] if name == b"idempotency-key"]
        return Request(
            method=self._scope["method"],
            path=self._scope["path"],
            query=self._scope["query_string"].decode("latin-1"),
            key=name_or_none(keys[0].decode("latin-1")) if keys else None,
            content=bytes(body),
            too_large=size > MAX_BODY_BYTES,
        )

    async def reply(
        self, status: int, content: bytes, headers: Mapping[str, str], bytes_per_s: int | None = None
    ) -> bool:
        """Sends an answer, JSON unless the headers say otherwise; with `bytes_per_s` the body is sent at that rate.

        False if the client disconnected before the end of a trickling body.
        """
        fields = {"content-type": "application/json"} | {name.lower(): value for name, value in headers.items()}
        if status in BODILESS:
            content = b""
        else:
            fields["content-length"] = str(len(content))
        raw = [(name.encode(), value.encode()) for name, value in fields.items()]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})
        if bytes_per_s is not None:
            step = max(1, bytes_per_s // TRICKLES_PER_S)
            while content and not await self.is_gone():
                await self._send({"type": "http.response.body", "body": content[:step], "more_body": True})
                content = content[step:]
                await asyncio.sleep(step / bytes_per_s)
        await self._send({"type": "http.response.body", "body": content})
        return not (bytes_per_s and content)

    def reset(self) -> None:
        reset(self._scope)

    async def wait_gone(self) -> None:
        """Returns when the client has closed the connection, or its end of it. Call it only after `read`."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def is_gone(self) -> bool:
        """Whether the client has closed by now."""
        waiting = asyncio.ensure_future(self.wait_gone())
        await asyncio.sleep(0)  # gives the watcher a turn
        gone = waiting.done()
        waiting.cancel()
        return gone
