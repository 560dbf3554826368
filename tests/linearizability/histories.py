"""Histories for tests: any, those of correct executions, and an answer by trying every order."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable
from typing import Any, NamedTuple

from chaos.linearizability.history import History, parse
from chaos.linearizability.judge import LIMITS, Judged, Limits, judge
from chaos.linearizability.lines import Lines
from chaos.linearizability.models import find_model
from tests.linearizability.objects import FIRST, FUNCTIONS, LOOKS, argument, do, fits, seen

Event = dict[str, Any]


def text(events: Iterable[Event]) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def read(events: Iterable[Event], model: str) -> list[History]:
    chosen = find_model(model)
    lines = text(events).encode().splitlines(keepends=True)
    return parse(lines, chosen, "history.jsonl", Lines(chosen)).keys


def judged(events: Iterable[Event], model: str, limits: Limits = LIMITS) -> Judged:
    return judge(read(events, model), find_model(model), limits)


def event(process: int, type_: str, f: str, value: Any = None, key: Any = None) -> Event:
    return {"process": process, "type": type_, "f": f, "key": key, "value": value}


def any_history(model: str, seed: int, operations: int, processes: int = 3) -> list[Event]:
    """Invocations and answers that fit each other and need not fit the model."""
    chance = random.Random(seed)
    events: list[Event] = []
    under_way: dict[int, Event] = {}
    while operations or (under_way and chance.random() < 0.8):
        process = chance.randrange(processes)
        call = under_way.pop(process, None)
        if call is None and operations:
            operations -= 1
            f = chance.choice(FUNCTIONS[model])
            under_way[process] = event(process, "invoke", f, argument(model, f, chance), chance.choice("xxy"))
            events.append(under_way[process])
        elif call is not None:
            type_ = chance.choice(["ok", "ok", "ok", "fail", "info"])
            value = seen(model, chance) if type_ == "ok" and call["f"] in LOOKS else call["value"]
            events.append(call | {"type": type_, "value": value})
    return events


def correct_history(
    model: str, seed: int, operations: int, *, processes: int = 5, keys: int = 2, lossy: float = 0.1
) -> list[Event]:
    """What clients of a correct object see: each operation takes place at one moment, also some without an answer."""
    chance = random.Random(seed)
    states = {str(key): FIRST[model] for key in range(keys)}
    events: list[Event] = []
    waiting: dict[int, Event] = {}  # invoked, and not taken place
    done: dict[int, Event] = {}  # taken place, and not answered; what is to be answered
    lost: list[Event] = []  # given up by their clients, and still able to take place
    fresh = processes
    clients = list(range(processes))
    while operations or waiting or done:
        if lost and chance.random() < 0.1:
            _take_place(model, states, lost.pop(chance.randrange(len(lost))))
        at = chance.randrange(processes)
        client = clients[at]
        if client in waiting and chance.random() < lossy:
            lost.append(waiting.pop(client))
            events.append(lost[-1] | {"type": "info"})
            clients[at], fresh = fresh, fresh + 1
        elif client in waiting:
            done[client] = _take_place(model, states, waiting.pop(client))
        elif client in done:
            answer = done.pop(client)
            lost_answer = chance.random() < lossy
            events.append(answer | {"type": "info"} if lost_answer else answer)
            if lost_answer:
                clients[at], fresh = fresh, fresh + 1
        elif operations:
            operations -= 1
            f = chance.choice(FUNCTIONS[model])
            waiting[client] = event(client, "invoke", f, argument(model, f, chance), chance.choice(list(states)))
            events.append(waiting[client])
    return events


def _take_place(model: str, states: dict[str, Any], call: Event) -> Event:
    """Does it; returns the answer."""
    key = call["key"]
    if call["f"] in LOOKS:
        return call | {"type": "ok", "value": states[key]}
    took_place, after = do(model, states[key], call["f"], call["value"])
    if took_place:
        states[key] = after
    return call | {"type": "ok" if took_place else "fail"}


class Operation(NamedTuple):
    called: int
    answered: float
    type: str
    f: str
    value: Any


def operations_of(events: Iterable[Event]) -> dict[Any, list[Operation]]:
    """By key, those that may have taken place, or have seen something."""
    found: dict[Any, list[Operation]] = {}
    under_way: dict[int, tuple[int, Event]] = {}
    for number, each in enumerate(events):
        if each["type"] == "invoke":
            under_way[each["process"]] = number, each
            continue
        called, call = under_way.pop(each["process"])
        type_ = each["type"]
        if type_ == "ok" or (type_ == "fail" and call["f"] == "cas"):
            operation = Operation(called, number, type_, call["f"], each["value"])
        elif type_ == "info":
            operation = Operation(called, math.inf, type_, call["f"], call["value"])
        else:
            continue
        found.setdefault(call["key"], []).append(operation)
    for called, call in under_way.values():
        found.setdefault(call["key"], []).append(Operation(called, math.inf, "info", call["f"], call["value"]))
    return found


def has_an_order(model: str, left: list[Operation], state: Any) -> bool:
    """By the definition: every order that keeps to real time is tried, with and without what has no answer."""
    end = min((each.answered for each in left), default=math.inf)
    if end == math.inf:
        return True
    for each in left:
        if each.called > end:
            continue
        if each.type == "ok" and each.f in LOOKS:
            possible, after = fits(model, state, each.value), state
        elif each.f in LOOKS:
            continue
        elif each.type == "fail":
            possible, after = state != each.value[0], state
        else:
            possible, after = do(model, state, each.f, each.value)
        if possible and has_an_order(model, [other for other in left if other is not each], after):
            return True
    return False


def linearizable(model: str, events: Iterable[Event]) -> bool:
    return all(has_an_order(model, operations, FIRST[model]) for operations in operations_of(events).values())
