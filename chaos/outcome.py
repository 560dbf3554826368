"""The three outcomes, the worst of several, and their exit codes; apart, since some commands import little else."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """Three-valued on purpose: UNKNOWN proves nothing and is never a pass."""

    VALID = "VALID"
    INVALID = "INVALID"
    UNKNOWN = "UNKNOWN"

    @property
    def exit_code(self) -> int:
        """0 VALID, 1 INVALID, 3 UNKNOWN (2 is bad input)."""
        return {Outcome.VALID: 0, Outcome.INVALID: 1, Outcome.UNKNOWN: 3}[self]


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """INVALID outweighs UNKNOWN outweighs VALID; nothing judged is UNKNOWN."""
    seen = set(outcomes)
    for outcome in (Outcome.INVALID, Outcome.UNKNOWN, Outcome.VALID):
        if outcome in seen:
            return outcome
    return Outcome.UNKNOWN
