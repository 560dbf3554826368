"""Why a history is not linearizable, short enough to be read: the smallest prefix, its end, the best attempts."""

from __future__ import annotations

import json
from typing import Any

from chaos.linearizability.history import History
from chaos.linearizability.kinds import NULL, Kind, State, shown
from chaos.linearizability.model import Model
from chaos.linearizability.prefix import smallest_prefix
from chaos.linearizability.pursuit import Pursuit
from chaos.linearizability.search import Search, Trail, placed

MOST_OPERATIONS = 100  # of those that were answered; as many without an answer
MOST_TEXT = 100  # characters of a value in the sentence


def counterexample(pursuit: Pursuit, model: Model) -> dict[str, Any]:
    """What JSON says of it. The lines of the file name operations, each by its invocation.

    No order of `operations` explains the answer of `operation` and those before it. They are the prefix of this key's
    history that ends with this answer, the last of it when it is long (`omitted`), with the answers that came later to
    what was under way; what was invoked later plays no part. Of `linearizations`, partial ones, there are those that
    came furthest: how they end, the state they lead to, and the line of the answer that they cannot reach, which is
    that of `operation` when the prefix is the `smallest`.
    """
    history, found = pursuit.exact.history, smallest_prefix(pursuit, model)
    end = history.returns[found.number]
    answered = [_answered(history, model, number) for number, line in enumerate(history.calls) if line < end]
    pending = [_pending(kind, line, process) for line, process, kind in _later(history, end)]
    shortened = sorted([*answered[-MOST_OPERATIONS:], *pending[-MOST_OPERATIONS:]], key=lambda each: int(each["line"]))
    operation = _answered(history, model, found.number)
    prefix = {"operations": len(answered) + len(pending), "ends_in_line": end}
    reached = {"cannot_reach_line": history.returns[found.reached]}
    linearizations = [_order(found.search, model, trail) | reached for trail in found.trails]
    return {
        "key": shown(history.key),
        "sentence": _sentence(history, operation, linearizations),
        "operation": operation,
        "prefix": prefix | {"smallest": found.reached == found.number},
        "operations": shortened,
        "omitted": len(answered) + len(pending) - len(shortened),
        "linearizations": linearizations,
    }


def _later(history: History, end: int) -> list[tuple[int, int, Kind]]:
    """Those without an answer that were invoked before the line."""
    return sorted(
        ((line, process, kind) for kind, calls in history.later.items() for line, process in calls if line < end),
        key=lambda each: each[0],
    )


def _answered(history: History, model: Model, number: int) -> dict[str, Any]:
    kind = history.kinds[number]
    value = kind.result if kind.f in model.looks else kind.argument
    said = {"line": history.calls[number], "process": history.processes[number], "f": kind.f, "value": shown(value)}
    return said | {"type": "fail" if kind.failed else "ok", "answered_in_line": history.returns[number]}


def _pending(kind: Kind, line: int, process: int) -> dict[str, Any]:
    return {"line": line, "process": process, "f": kind.f, "value": shown(kind.argument), "type": "info"}


def _order(search: Search, model: Model, trail: Trail) -> dict[str, Any]:
    """How an order ends, in lines, and the state that all of it leads to."""
    history = search.history
    used = [0] * len(search.optional)
    lines: list[int] = []
    state: State = model.initial
    for number in placed(trail):
        if number >= 0:
            kind, line = history.kinds[number], history.calls[number]
        else:
            kind, called = search.optional[-1 - number]
            line = called[used[-1 - number]]
            used[-1 - number] += 1
        lines.append(line)
        state = model.step(kind, state)
    return {
        "lines": lines[-MOST_OPERATIONS:],
        "omitted": max(0, len(lines) - MOST_OPERATIONS),
        "state": shown(state),
    }


def _sentence(history: History, operation: dict[str, Any], partial: list[dict[str, Any]]) -> str:
    key = "" if history.key == NULL else f" of key {_short(shown(history.key))}"
    what = f"{operation['f']}{key} by process {operation['process']} in line {operation['line']}"
    return (
        f"no order explains all up to line {operation['answered_in_line']}, where {what} ended with "
        f"{operation['type']} {_short(operation['value'])}; those that explain what came before line "
        f"{partial[0]['cannot_reach_line']} lead to {' or '.join(_short(order['state']) for order in partial)}"
    )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT // 2]}…{text[-MOST_TEXT // 2 :]}"
