"""RoleUpdate: two journaled steps against the user directory, in either order, each retried alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from booking.model.clause import Clause
from booking.model.misstep import Misstep

ROLE_UPDATE = "RoleUpdate — service"
APPLIED = Clause(ROLE_UPDATE, '`{applied: ["role", "permissions"]}`')
TWO_STEPS = Clause(ROLE_UPDATE, "two journaled steps against the user directory, each retried alone")
REFUSED = Clause(ROLE_UPDATE, "502 `gateway_refused`")

Kind = Literal["role", "permissions"]
KINDS: tuple[Kind, ...] = ("role", "permissions")
COME_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True)
class Attempt:
    """One attempt at a step, in the directory's order, and whether it was told that it cannot succeed."""

    kind: Kind
    row: int
    refused: bool = False


@dataclass(frozen=True)
class Update:
    """One update, and what the journal shows of it: None where nothing is known."""

    done: frozenset[Kind]  # what took effect for its user, as it was asked for
    attempts: tuple[Attempt, ...] = ()
    steps: int | None = None  # runs and calls that its journal has
    one_by_one: bool = False  # each was answered before the next began


def applied(update: Update) -> Iterator[Misstep]:
    """What an update that was answered as applied lacks."""
    for kind in KINDS:
        if kind not in update.done:
            yield Misstep(APPLIED, f"applied, and {kind} took no effect as it was asked for")
    if update.steps is not None and update.steps < len(KINDS):
        yield Misstep(TWO_STEPS, f"applied, and its journal has {update.steps} of 2 steps")


def refused(update: Update) -> Iterator[Misstep]:
    """What an update that ended 502 lacks."""
    if not any(attempt.refused for attempt in update.attempts):
        yield Misstep(REFUSED, "ended gateway_refused, and the directory refused nothing")


def repeated(update: Update) -> Sequence[int]:
    """Rows of attempts at the first step when the second had begun; empty where the steps may have gone together."""
    if not update.one_by_one or not update.attempts:
        return ()
    first = update.attempts[0].kind
    second = next((attempt.row for attempt in update.attempts if attempt.kind != first), None)
    if second is None:
        return ()
    return [attempt.row for attempt in update.attempts if attempt.kind == first and attempt.row > second]
