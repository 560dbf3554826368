"""Kinds of operations, and the values that histories carry, made comparable."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

State = Any  # hashable, never None
Value = Any  # as JSON has it


class Malformed(Exception):
    """A value that the model's operation cannot have; its text is what is allowed."""


class Json(NamedTuple):
    """A JSON value that Python cannot hash or takes for another (`true == 1`), or null, which no state may be."""

    text: str


NULL = Json("null")
LOST = Json('"lost"')  # in the place of all states that no look can tell apart any more


def comparable(value: Value) -> State:
    """The value, such that two are equal when they are the same JSON: 1 is 1.0, but neither true nor "1"."""
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return NULL if value is None else Json(json.dumps(value, sort_keys=True))


def shown(value: State) -> Value:
    """What `comparable` was given, and a model's state, as JSON."""
    if isinstance(value, Json):
        return json.loads(value.text)
    return [shown(each) for each in value] if isinstance(value, tuple) else value


class Kind(NamedTuple):
    """What all operations have in common that do the same: function, argument, and what was seen.

    `failed` is an operation whose failure is what was seen. `looks` says that no state is ever changed by it.
    """

    f: str
    argument: State
    result: State
    failed: bool
    looks: bool
