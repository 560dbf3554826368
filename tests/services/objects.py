"""One object in memory: its handlers are called as Restate does, with bytes in and out, and what they do is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import BaseModel, JsonValue
from restate import Service, TerminalError, VirtualObject, Workflow
from restate.handler import handler_from_callable, invoke_handler

Answer = JsonValue | BaseModel | TerminalError | tuple["Answer", ...]


@dataclass(frozen=True)
class Sent:
    """A message to an object; `after_ms` is None unless it is delayed."""

    target: str
    body: JsonValue
    after_ms: int | None


@dataclass(frozen=True)
class Asked:
    """A call of another object, or a run by its name with its arguments; `attempts` is None if it may have any."""

    what: str
    body: Any
    attempts: int | None = None


class Promise:
    """A durable promise: the first who resolves it decides."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    async def resolve(self, value: Any) -> None:
        if self.values:
            raise TerminalError("the promise was completed before", 409)
        self.values.append(value)

    async def peek(self) -> Any:
        return self.values[0] if self.values else None

    def value(self) -> Promise:
        return self  # to be waited for, by which `restate.select` a test puts in


class Object:
    """The context of its own handlers: what they keep, when they believe it to be, what they asked for and sent.

    What others answer is told beforehand, by what is asked (`Asked.what`); those of whom nothing is told answer null.
    """

    def __init__(self, service: VirtualObject | Workflow | Service, key: str) -> None:
        self.service = service
        self.state: dict[str, bytes] = {}
        self.promises: dict[str, Promise] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.sent: list[Sent] = []
        self.now_ms = 1_000_000
        self._key = key
        self._uuids = 0

    def call(self, handler: str, /, **fields: JsonValue) -> Any:
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

    def clear(self, key: str) -> None:
        self.state.pop(key, None)

    def clear_all(self) -> None:
        self.state.clear()

    async def time(self) -> float:
        return self.now_ms / 1000

    def sleep(self, delta: timedelta) -> timedelta:
        return delta  # likewise

    def uuid(self) -> UUID:
        self._uuids += 1
        return UUID(int=self._uuids)

    def promise(self, name: str, *_: Any, **__: Any) -> Promise:
        return self.promises.setdefault(name, Promise())

    async def run_typed(self, name: str, _: Any, options: Any, **arguments: Any) -> Any:
        return self._answer(Asked(name, arguments, options.max_attempts))

    async def object_call(self, handler: Any, key: str, body: Any) -> Any:
        to = handler_from_callable(handler)
        answer = self._answer(Asked(f"{to.service_tag.name}/{key}/{to.name}", _written(to, body)))
        return answer and to.handler_io.output_serde.deserialize(json.dumps(answer).encode())

    workflow_call = object_call

    def object_send(self, handler: Any, key: str, body: Any, send_delay: timedelta | None = None) -> None:
        to = handler_from_callable(handler)
        after_ms = None if send_delay is None else round(send_delay / timedelta(milliseconds=1))
        self.sent.append(Sent(f"{to.service_tag.name}/{key}/{to.name}", _written(to, body), after_ms))

    def generic_send(self, service: str, handler: str, arg: bytes, key: str) -> None:
        self.sent.append(Sent(f"{service}/{key}/{handler}", json.loads(arg), None))

    def service_send(self, handler: Any, body: Any) -> None:
        to = handler_from_callable(handler)
        self.sent.append(Sent(f"{to.service_tag.name}/{to.name}", _written(to, body), None))

    def _answer(self, asked: Asked) -> Any:
        self.asked.append(asked)
        answer = self.answers.get(asked.what)
        if isinstance(answer, tuple):  # one after the other, and the last for good
            answer, self.answers[asked.what] = answer[0], answer[1:] if len(answer) > 2 else answer[1]
        if isinstance(answer, TerminalError):
            raise answer
        return answer


def _written(handler: Any, body: Any) -> Any:
    return json.loads(handler.handler_io.input_serde.serialize(body))
