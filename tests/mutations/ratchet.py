"""The ratchet: survivors are those of known.py, each for a reason, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from tests.mutations.known import SURVIVORS
from tests.mutations.score import Result


def why_known(name: str) -> str | None:
    """The reason why an operator is known to survive, or None."""
    return SURVIVORS.get(name) or next((why for pattern, why in SURVIVORS.items() if fits(name, pattern)), None)


def fits(name: str, pattern: str) -> bool:
    """Whether an entry of known.py is about an operator."""
    return name == pattern or ("*" in pattern and fnmatchcase(name, pattern.replace("[", "[[]")))


def new_survivors(results: Iterable[Result]) -> list[str]:
    """A line for each that is not known."""
    return [
        f"{result.name} on {result.record}: expected {result.operator.expected}, was {result.answer}. "
        f"{result.operator.does} {result.said}"
        for result in results
        if not result.is_as_expected and why_known(result.name) is None
    ]


def stale_entries(results: Iterable[Result], patterns: Iterable[str]) -> list[str]:
    """Those of the entries that no result is a survivor of."""
    survivors = {result.name for result in results if not result.is_as_expected}
    return sorted(pattern for pattern in patterns if not any(fits(name, pattern) for name in survivors))
