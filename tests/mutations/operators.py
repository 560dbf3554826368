"""What is done to good records, and what whoever reads the verdict then expects of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from chaos.verdict import Outcome
from tests.mutations.draft import Draft

REFUSED = "refused"  # with BadInput
Act = Callable[[Draft], None]


class Expected(StrEnum):
    """What the verdict must be."""

    BROKEN = "broken"  # no correct system could leave it: INVALID
    ABSENT = "absent"  # evidence is missing or damaged, which is nobody's fault but the harness's: UNKNOWN, or refused
    NOTICED = "noticed"  # sources dissent, and the record does not tell which of them is wrong: anything but VALID
    HARMLESS = "harmless"  # a correct system could well leave it: anything but INVALID
    SILENT = "silent"  # what was changed tells nothing of the system: anything but INVALID

    def allows(self, answer: str) -> bool:
        """Whether an answer, an outcome or `refused`, is as expected."""
        return answer in _ALLOWED[self]


_ALLOWED: dict[Expected, set[str]] = {
    Expected.BROKEN: {Outcome.INVALID},
    Expected.ABSENT: {Outcome.UNKNOWN, REFUSED},
    Expected.NOTICED: {Outcome.INVALID, Outcome.UNKNOWN, REFUSED},
    Expected.HARMLESS: {Outcome.VALID, Outcome.UNKNOWN},
    Expected.SILENT: {Outcome.VALID, Outcome.UNKNOWN, REFUSED},
}


@dataclass(frozen=True)
class Operator:
    """One way to change a record. `act` raises NotHere where there is nothing to change."""

    name: str  # "seats.sold_twice"
    does: str
    expected: Expected
    act: Act

    @property
    def kind(self) -> str:
        return self.name.partition(".")[0]


class Kind:
    """Operators on one thing, collected by its decorators; the docstring of each says what it does."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operators: list[Operator] = []

    def __iter__(self) -> Iterator[Operator]:
        return iter(self.operators)

    def broken(self, act: Act) -> Act:
        return self._add(act, Expected.BROKEN)

    def absent(self, act: Act) -> Act:
        return self._add(act, Expected.ABSENT)

    def noticed(self, act: Act) -> Act:
        return self._add(act, Expected.NOTICED)

    def harmless(self, act: Act) -> Act:
        return self._add(act, Expected.HARMLESS)

    def _add(self, act: Act, expected: Expected) -> Act:
        does = " ".join((act.__doc__ or "").split())
        self.operators.append(Operator(f"{self.name}.{act.__name__}", does, expected, act))
        return act
