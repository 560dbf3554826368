"""A clause of docs/contract.md, as the model and the checkers name it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """One promise: the heading that it stands under, and its words as they stand there."""

    heading: str
    phrase: str

    def __str__(self) -> str:
        return f"{self.heading}: {self.phrase}"


@dataclass(frozen=True)
class Breach:
    """What the contract does not allow: the clause, and in words what it would have allowed."""

    clause: Clause
    words: str
