"""What the faults of third parties share: what they act on, their rule, and what the ledger has of it."""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Annotated, ClassVar, NamedTuple, Self

import httpx
from pydantic import Field, StringConstraints, ValidationError, model_validator

from chaos.errors import BadInput, WaitTimedOut, did_you_mean
from chaos.evidence.faultlog import Injection
from chaos.evidence.ledger import LedgerRow, RowKind
from chaos.fakes.rules import Attempts, Probability, Rule, Times
from chaos.faults.fault import Fault
from chaos.stack.control import FakeControl
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until

ANSWERS_WITHIN_S = 30
SHOWS_WITHIN_S = 10  # after all that the rule is to take
POLL_S = 0.05
NOWHERE = "nowhere GET /"  # in place of a short name that only a system can spell out
AT_LEAST = 0.9  # of a time that a rule is to take: clocks are read in whole milliseconds, and may be set

NICKNAME = r"^[a-z][a-z0-9_]{0,39}$"
SPELLED = r"^[a-z][a-z0-9_]{0,39} (GET|POST|PUT|DELETE) /[^\s]{0,200}$"


class Call(NamedTuple):
    """Where an operation is asked for."""

    at: str  # the third party
    method: str
    path: str


Operation = Annotated[str, StringConstraints(pattern=f"{NICKNAME}|{SPELLED}")]
"""A system's short name for an operation, or in full, such as "clearing POST /v1/transfers"; * stands for one part."""


@dataclass(frozen=True)
class Attempt:
    """What the ledger has of one attempt: its rows in order, the arrival first.

    `known`: what it asks for was done before it arrived, or nothing is ever to be done (a lookup).
    """

    rows: tuple[LedgerRow, ...]
    known: bool = False

    def first(self, *kinds: RowKind) -> LedgerRow | None:
        """Its first row of these kinds."""
        return next((row for row in self.rows if row.kind in kinds), None)

    @property
    def effects(self) -> list[LedgerRow]:
        """What it made itself, first and later on; that a key was forgotten for it is not counted."""
        return [row for row in self.rows if row.kind == "effect" and row.effect != "forget"]

    @property
    def status(self) -> int | None:
        """What it was answered; None while, or if, it was not."""
        answer = self.first("answer")
        return answer.status if answer else None


class RuleFault(Fault):
    """A rule of the fake's control plane that acts on attempts `on` an operation, as far as the other fields match.

    All that is given must hold: `case`, `key` (Idempotency-Key, or the key that it is about), `attempts` ("2",
    "1-2", "3-", counted per key), a `probability` drawn for each attempt from `seed` (the plan's, if none is given),
    at most so many `times`. Of several rules that match an attempt the first acts. At least `min_hits` attempts must
    show in the ledger what the fault does, or it has not landed.
    """

    on: Operation
    case: str | None = None
    key: str | None = None
    attempts: Attempts | None = None
    probability: Probability | None = None
    seed: int | None = None
    times: Times | None = None
    min_hits: int = Field(default=1, ge=1)

    targets: ClassVar[str] = "an operation by the system's short name, or '<third party> METHOD /path'"
    needs: ClassVar[frozenset[str]] = frozenset({"third party"})
    of_the_plan: ClassVar[frozenset[str]] = frozenset()  # fields that are the plan's alone, not the rule's

    @abstractmethod
    def shows(self, attempt: Attempt) -> bool:
        """Whether the ledger has of this attempt what the fault is to do, as `effect` says it."""

    def takes_s(self) -> float:
        """How long, at most, what the fault does to an attempt takes by itself."""
        return 0

    @property
    def at(self) -> str:
        """The third party that its rule is put into."""
        return self.call.at

    @property
    def call(self) -> Call:
        """Where its operation is asked for. Raises ValueError while that has its short name only."""
        at, method, path = self.on.split(" ", 2)
        return Call(at, method, path)

    def spelled_out(self, operations: Mapping[str, str]) -> Self:
        if " " in self.on:
            return self
        if self.on not in operations:
            allowed = [*operations, "'<third party> METHOD /path'"]
            near = did_you_mean(self.on, operations)
            raise BadInput(f"unknown operation {self.on!r}{near}", where=self.fault, allowed=", ".join(allowed))
        return self.model_copy(update={"on": operations[self.on]})

    def resolve(self, random: Random, replicas: int, nodes: int = 1) -> Self:  # noqa: ARG002 - it has no replicas
        """A probability without a seed gets one from the plan's, so that the same attempts are hit again."""
        if self.probability is None or self.seed is not None:
            return self
        return self.model_copy(update={"seed": random.randrange(2**31)})

    def rule(self) -> Rule:
        """The rule itself, new and with an id of its own."""
        _, method, path = self.call
        match = self.model_dump(include={"case", "key", "attempts", "probability", "seed", "times"})
        action = self.model_dump(exclude=RuleFault.model_fields.keys() | self.of_the_plan)
        return Rule.model_validate(
            {"match": {"method": method, "path": path, **match}, "action": {"do": self.fault, **action}}
        )

    @model_validator(mode="after")
    def _makes_a_rule(self) -> Self:
        """What must hold between fields is for the rule to say."""
        try:
            self.resolve(Random(0), 1).spelled_out({self.on: NOWHERE}).rule()
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        control = stack.party(self.at)
        injection.log("intended")
        rule_id = await control.add_rule(self.rule().model_dump())
        try:
            injection.log("injected", rule_id=rule_id)
            yield
        finally:
            injection.log("healing", rule_id=rule_id)
            await until(partial(_answers, control), f"the {self.at} to answer", ANSWERS_WITHIN_S)
            await control.remove_rule(rule_id)
            injection.log("healed", rule_id=rule_id)
        injection.observe(
            self.effect,
            f"{self.at} ledger",
            before=0,
            during=await self._shown(control, rule_id),
            relation="at_least",
            bound=self.min_hits,
        )

    async def _shown(self, control: FakeControl, rule_id: str) -> int:
        """How many attempts show the effect, when there are enough, or when no more can be expected to."""
        rows: list[LedgerRow] = []
        shown = 0

        async def look() -> None:
            nonlocal shown
            rows.extend([row async for row in control.ledger(rows[-1].row if rows else 0)])
            acted_on = attempts_of(rows, rule_id)
            shown = sum(self.shows(attempt) for attempt in acted_on)
            if shown < self.min_hits <= len(acted_on):
                raise NotYet(f"{shown} of {len(acted_on)}")

        with suppress(WaitTimedOut):
            await until(look, self.effect, self.takes_s() + SHOWS_WITHIN_S, POLL_S)
        return shown


def attempts_of(rows: Iterable[LedgerRow], rule_id: str) -> list[Attempt]:
    """The attempts that a rule acted on, in the order they arrived, from all rows of a ledger."""
    made: dict[
        tuple[str, str, str | None], int
    ] = {}  # what an operation is asked for → the row where it was first done
    found: dict[int, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        if row.kind == "effect" and row.effect != "forget":
            made.setdefault(_subject(row), row.row)
        if row.rule_id == rule_id:
            found[row.attempt].append(row)
    return [
        Attempt(tuple(own), known=own[0].method == "GET" or made.get(_subject(own[0]), own[0].row) < own[0].row)
        for own in found.values()
    ]


def _subject(row: LedgerRow) -> tuple[str, str, str | None]:
    return row.method, row.path, row.key or row.case


async def _answers(control: FakeControl) -> None:
    """It may have been killed by another step that heals at the same moment; its rules outlive that."""
    try:
        await control.health()
    except httpx.TransportError as error:
        raise NotYet(type(error).__name__) from error
