"""Histories to be judged, from a seed: what clients of one correct object saw, and some of them made wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

Event = dict[str, Any]
GIVES_UP = 0.15  # how many clients of the cas-register get no answer


def cas_register(seed: int, operations: int, clients: int, *, wrong: bool) -> str:
    """Lines of one register of five values; `wrong`: a read in the second half has seen another one."""
    chance = random.Random(seed)

    def ask() -> Event:
        f = chance.choice(("read", "write", "cas"))
        values = {"read": None, "write": chance.randrange(5), "cas": [chance.randrange(5), chance.randrange(5)]}
        return {"f": f, "value": values[f]}

    def do(state: Any, call: Event) -> tuple[Any, Event]:
        if call["f"] == "read":
            return state, call | {"type": "ok", "value": state}
        if call["f"] == "write":
            return call["value"], call | {"type": "ok"}
        old, new = call["value"]
        return (new, call | {"type": "ok"}) if state == old else (state, call | {"type": "fail"})

    events = _simulated(chance, operations, clients, (ask, do), first=None, gives_up=GIVES_UP)
    reads = [at for at in range(len(events) // 2, len(events)) if events[at]["f"] == "read"]
    answered = [at for at in reads if events[at]["type"] == "ok"]
    if wrong and answered:
        at = chance.choice(answered)
        events[at] = events[at] | {"value": ((events[at]["value"] or 0) + 1) % 5}
    return _lines(events)


def kv(seed: int, operations: int, clients: int, keys: int, *, wrong: bool) -> str:
    """Lines of many keys, where no append is like another; `wrong`: a get of half the keys sees too little."""
    chance = random.Random(seed)
    count = iter(range(operations))

    def ask() -> Event:
        key, number = str(chance.randrange(keys)), next(count)
        if chance.random() < 0.5:
            return {"f": "get", "key": key, "value": None}
        return {"f": "put" if chance.random() < 0.05 else "append", "key": key, "value": f"x {number} y"}

    def do(state: Any, call: Event) -> tuple[Any, Event]:
        values = dict(state)
        now = values.get(call["key"], "")
        if call["f"] == "get":
            return state, call | {"type": "ok", "value": now}
        values[call["key"]] = call["value"] if call["f"] == "put" else now + call["value"]
        return values, call | {"type": "ok"}

    events = _simulated(chance, operations, clients, (ask, do), first={}, gives_up=0)
    for key in range(keys // 2 if wrong else 0):
        gets = [
            at for at, each in enumerate(events) if each["key"] == str(key) and each["f"] == "get" and each["value"]
        ]
        at = gets[len(gets) * 2 // 3]
        events[at] = events[at] | {"value": events[at]["value"][: events[at]["value"].rindex("x")]}
    return _lines(events)


def _simulated(
    chance: random.Random,
    operations: int,
    clients: int,
    thing: tuple[Callable[[], Event], Callable[[Any, Event], tuple[Any, Event]]],
    *,
    first: Any,
    gives_up: float,
) -> list[Event]:
    """Clients that ask, and a thing that does it at one moment between question and answer."""
    ask, do = thing
    state, fresh = first, clients
    processes = list(range(clients))
    asked: dict[int, Event] = {}
    answers: dict[int, Event] = {}
    events: list[Event] = []
    while operations or asked or answers:
        at = chance.randrange(clients)
        process = processes[at]
        if process in asked and chance.random() < gives_up / 2:
            events.append(asked.pop(process) | {"type": "info", "value": None})
            processes[at], fresh = fresh, fresh + 1
        elif process in asked:
            state, answers[process] = do(state, asked.pop(process))
        elif process in answers:
            answer = answers.pop(process)
            lost = chance.random() < gives_up / 2
            events.append(answer | {"type": "info", "value": None} if lost else answer)
            if lost:
                processes[at], fresh = fresh, fresh + 1
        elif operations:
            operations -= 1
            asked[process] = {"process": process, "type": "invoke", **ask()}
            events.append(asked[process])
    return events


def _lines(events: list[Event]) -> str:
    return "".join(json.dumps(each) + "\n" for each in events)
