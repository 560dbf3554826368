"""A clause of the contract: the words that a rule of the model rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Clause:
    """A line of docs/contract.md: the heading it stands under, and words of it as they stand there."""

    heading: str
    says: str

    def __str__(self) -> str:
        return f'{self.heading}: "{self.says}"'
