"""One line of a history: JSON in, a checked event out, or an error that names the line."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from chaos.errors import BadInput, did_you_mean
from chaos.linearizability.kinds import NULL, Malformed, State, Value, comparable
from chaos.linearizability.model import Model

LINE = '{"process": 0, "type": "invoke|ok|fail|info", "f": "…", "key": …, "value": …}'
TYPES = ("invoke", "ok", "fail", "info")
MOST_REMEMBERED = 4096
MOST_SHOWN = 200  # characters of a value in an error
ABSENT: Any = object()


class Event(NamedTuple):
    """What a line says. `value`: of an `invoke` its argument, of an `ok` what was seen or is repeated, else null."""

    process: int
    type: str
    f: str
    key: State
    value: State


class Lines:
    """Understands lines, and remembers the first thousands of them: short histories say the same over and over."""

    def __init__(self, model: Model) -> None:
        self.known: dict[bytes, Event] = {}
        self._model = model
        self._decode = json.JSONDecoder(parse_constant=_refuse).decode

    def event(self, line: bytes, where: str) -> Event:
        """What the line says. Raises BadInput."""
        try:
            said = self._decode(line.decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise bad_line(where, f"not JSON: {error}", allowed="one JSON object a line, in UTF-8") from None
        if not isinstance(said, dict):
            raise bad_line(where, "not a JSON object", allowed=LINE)
        process, type_, f = said.get("process"), said.get("type"), said.get("f")
        if not isinstance(process, int) or isinstance(process, bool):
            raise bad_line(where, f"process {_short(process)} is not a whole number", allowed=LINE)
        if type_ not in TYPES:
            what = f"unknown type {_short(type_)}{did_you_mean(type_, TYPES)}"
            raise bad_line(where, what, allowed=", ".join(TYPES))
        functions = self._model.functions
        if f not in functions:
            what = f"unknown f {_short(f)} for the model {self._model.name!r}{did_you_mean(f, functions)}"
            raise bad_line(where, what, allowed=", ".join(functions))
        value = self._value(where, type_, f, said.get("value", ABSENT))
        event = Event(process, type_, f, comparable(said.get("key")), value)
        if len(self.known) < MOST_REMEMBERED:
            self.known[line] = event
        return event

    def _value(self, where: str, type_: str, f: str, value: Value) -> State:
        """The argument of an invocation, and what an `ok` has seen or repeats; nothing else counts."""
        looks, given = f in self._model.looks, value is not ABSENT
        if type_ in ("fail", "info") or (type_ == "ok" and not looks and (value is None or not given)):
            return NULL
        try:
            if not given and type_ == "ok":
                raise Malformed("what was seen (null, if that was it)")  # noqa: TRY301
            if not given and not looks and f not in self._model.bare:
                raise Malformed("what it is to do")  # noqa: TRY301
            read = self._model.result if type_ == "ok" and looks else self._model.argument
            return read(f, value if given else None)
        except Malformed as error:
            has = f"value {_short(value)}" if given else "no value"
            raise bad_line(where, f"{has} in the {type_} of {f!r}", allowed=str(error)) from None


def bad_line(where: str, what: str, *, allowed: str) -> BadInput:
    """The error about a line of a history."""
    return BadInput(what, where=where, allowed=allowed, next_step="docs/linearizability.md says what a history is")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _short(value: Value) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
