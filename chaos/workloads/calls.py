"""calls: handlers of any application, called over and over; the workload of a run without a system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from chaos.model import Frozen
from chaos.plan.workload import Call, Load, Workload
from chaos.workloads.arrivals import Rate, open_loop

FIELDS = ("key", "user", "number")
_FIELD = re.compile(r"\{([^{}]*)\}")


def _known_fields(text: str) -> str:
    for name in _FIELD.findall(text):
        if name not in FIELDS:
            raise ValueError(f"unknown field {{{name}}}; allowed: {', '.join(f'{{{each}}}' for each in FIELDS)}")
    return text


def _target(text: str) -> str:
    if len(text.split("/")) not in (2, 3) or not all(text.split("/")):
        raise ValueError("not a target; allowed: Service/handler, or Service/key/handler")
    return _known_fields(text)


class Template(Frozen):
    """A call to make. Fields in braces are filled in, in its target and in any text of its input.

    {key} is new in each operation; {user} is one of as many keys as there are clients, drawn from the seed, and the
    same throughout an operation; {number} is the operation's number, from 0. Keys begin with the run's scope.
    """

    target: Annotated[str, AfterValidator(_target)]  # "Greeter/{user}/greet", "Echo/echo"
    input: JsonValue = None


class Calls(Workload):
    """All the calls in order, repeated `times` times, by `clients`: at a rate if one is given, else without pauses."""

    kind: Literal["calls"] = "calls"
    calls: Annotated[tuple[Template, ...], Field(min_length=1)]
    times: int = Field(default=1, ge=1, le=100_000)
    clients: int = Field(default=4, ge=1, le=256)
    rate_per_s: Rate | None = None
    think_ms: int = Field(default=0, ge=0, le=60_000)
    after_heal: int = Field(default=0, ge=0)  # how many of the last operations wait until every fault is healed

    def decide(self, random: Random, scope: str) -> Load:
        """Draws the user of each operation."""
        operations = tuple(self._operations(random, scope))
        later = min(self.after_heal, len(operations))
        load = Load(operations=operations, clients=self.clients, think_ms=self.think_ms, after_heal=later)
        return load if self.rate_per_s is None else open_loop(load, random, self.rate_per_s)

    def _operations(self, random: Random, scope: str) -> Iterator[Call]:
        templates = self.calls * self.times
        for number, template in enumerate(templates):
            fields = {
                "key": f"{scope}-key-{number}",
                "user": f"{scope}-user-{random.randrange(self.clients)}",
                "number": str(number),
            }
            service, *key, handler = _filled(template.target, fields).split("/")
            yield Call(
                number=number,
                service=service,
                key="".join(key),
                handler=handler,
                input=_filled_in(template.input, fields),
            )


def _filled(text: str, fields: dict[str, str]) -> str:
    return _FIELD.sub(lambda match: fields.get(match[1], match[0]), text)


def _filled_in(value: JsonValue, fields: dict[str, str]) -> JsonValue:
    """The value with the fields filled in, in every text; other braces stay as they are: JSON has them too."""
    if isinstance(value, str):
        return _filled(value, fields)
    if isinstance(value, list):
        return [_filled_in(each, fields) for each in value]
    if isinstance(value, dict):
        return {name: _filled_in(each, fields) for name, each in value.items()}
    return value
