"""What the clients did and were told, in Jepsen's terms: invoke, then ok, fail or info, then perhaps a resolution."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from chaos.model import Frozen

EventType = Literal["invoke", "ok", "fail", "info", "resolve"]
Conclusion = Literal["ok", "fail", "info"]


class HistoryEvent(Frozen):
    """One line of history.jsonl.

    `invoke` starts an operation; `ok`, `fail` or `info` ends the client's wait for it; `resolve` says later what an
    `info` turned out to be (`conclusion`), found by attaching. Within a process, events are ordered by `seq`.
    """

    seq: int
    at_ms: int
    type: EventType
    operation: int  # the operation's number in the plan's decisions
    process: int  # the client
    target: str  # "Greeter/<key>/greet"
    input: JsonValue = None  # on invoke
    intended_at_ms: int | None = None  # on invoke, in an open loop: when it was due; `at_ms` is when it was sent
    output: JsonValue = None  # on ok
    status: int | None = None  # HTTP status, if one came
    code: str | None = None  # the system's error code ("overdrawn"), or what broke ("timeout", "connection")
    message: str | None = None
    conclusion: Conclusion | None = None  # on resolve
    latency_ms: float | None = None  # on ok, fail and info: since it was sent; in an open loop, since it was due


@dataclass(frozen=True)
class Operation:
    """An operation as the checkers see it: its invocation, its first outcome, and what it was resolved to."""

    number: int
    process: int
    target: str
    input: JsonValue
    intended_at_ms: int  # when it was due; in a closed loop that is when it was sent
    invoked_at_ms: int
    ended_at_ms: int | None
    first: Conclusion  # what the client was told; info if it was never answered
    conclusion: Conclusion  # after resolution
    status: int | None
    code: str | None
    output: JsonValue = None
    message: str | None = None
    latency_ms: float | None = None
    events: tuple[HistoryEvent, ...] = field(default=(), repr=False)

    @property
    def service(self) -> str:
        return self.target.split("/", 1)[0]

    @property
    def key(self) -> str:
        """The object's or workflow's key; empty where the service has none."""
        return self.target.split("/", 1)[1].rpartition("/")[0]

    @property
    def handler(self) -> str:
        return self.target.rsplit("/", 1)[1]

    @property
    def answer(self) -> HistoryEvent | None:
        """What ended the client's wait for it."""
        return next((event for event in self.events if event.type in ("ok", "fail", "info")), None)

    def is_within(self, other: Operation) -> bool:
        """Whether it was sent and answered while the client of another operation waited for its answer."""
        if self.answer is None or other.answer is None:
            return False
        return other.events[0].seq < self.events[0].seq and self.answer.seq < other.answer.seq


def operations(events: Iterable[HistoryEvent]) -> list[Operation]:
    """Folds events into operations, by operation number. An invoke without an end is `info`."""
    by_number: dict[int, list[HistoryEvent]] = {}
    for event in events:
        by_number.setdefault(event.operation, []).append(event)
    return [_fold(number, by_number[number]) for number in sorted(by_number)]


def _fold(number: int, events: list[HistoryEvent]) -> Operation:
    invoke = next(event for event in events if event.type == "invoke")
    ended = next((event for event in events if event.type in ("ok", "fail", "info")), None)
    resolved = next((event for event in events if event.type == "resolve"), None)
    first: Conclusion = "info" if ended is None or ended.type not in ("ok", "fail") else ended.type
    told = resolved or ended
    return Operation(
        number=number,
        process=invoke.process,
        target=invoke.target,
        input=invoke.input,
        intended_at_ms=invoke.at_ms if invoke.intended_at_ms is None else invoke.intended_at_ms,
        invoked_at_ms=invoke.at_ms,
        ended_at_ms=ended.at_ms if ended else None,
        first=first,
        conclusion=(resolved.conclusion or "info") if resolved else first,
        status=told.status if told else None,
        code=told.code if told else None,
        output=told.output if told else None,
        message=told.message if told else None,
        latency_ms=ended.latency_ms if ended else None,
        events=tuple(events),
    )
