"""One object in memory: its handlers are called as Restate does, with bytes in and out, and what they do is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import JsonValue
from restate import VirtualObject
from restate.handler import handler_from_callable, invoke_handler


@dataclass(frozen=True)
class Sent:
    """A message to an object; `after_ms` is None unless it is delayed."""

    target: str
    body: JsonValue
    after_ms: int | None


class Object:
    """The context of its own handlers: what they keep, when they believe it to be, and what they sent."""

    def __init__(self, service: VirtualObject, key: str) -> None:
        self.service = service
        self.state: dict[str, bytes] = {}
        self.sent: list[Sent] = []
        self.now_ms = 1_000_000
        self._key = key

    def call(self, handler: str, **fields: JsonValue) -> Any:
        """The answer of a handler. Raises its TerminalError."""
        running = invoke_handler(self.service.handlers[handler], self, json.dumps(fields).encode())
        try:
            running.send(None)  # nothing in here is waited for
        except StopIteration as end:
            return json.loads(end.value or b"null")
        raise AssertionError(f"{handler} waits for something that an object in memory does not have")

    def key(self) -> str:
        return self._key

    async def get(self, key: str, serde: Any) -> Any:
        return serde.deserialize(self.state[key]) if key in self.state else None

    def set(self, key: str, value: Any, serde: Any) -> None:
        self.state[key] = serde.serialize(value)

    async def time(self) -> float:
        return self.now_ms / 1000

    def object_send(self, handler: Any, key: str, body: Any, send_delay: timedelta | None = None) -> None:
        to = handler_from_callable(handler)
        after_ms = None if send_delay is None else round(send_delay / timedelta(milliseconds=1))
        written = json.loads(to.handler_io.input_serde.serialize(body))
        self.sent.append(Sent(f"{to.service_tag.name}/{key}/{to.name}", written, after_ms))
