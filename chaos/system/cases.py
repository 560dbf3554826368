"""What a system tells of its cases in reports: how many there were, how they ended, and the story of some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chaos.model import Frozen
from chaos.verdict import Finding

NAMED_IN_A_FINDING = "finding"
AN_EXAMPLE = "plain"


class Line(Frozen):
    """One thing that happened, as one source of evidence tells it."""

    at_ms: int  # wall clock; orders lines of different sources only roughly
    source: str  # "client", "restate", "fault", or a third party by its name
    place: str  # where it stands in the evidence: "row 12", "Greeter.greet #3", "operation 7"
    text: str
    weight: Literal["plain", "effect", "trouble"] = "plain"


class CaseStory(Frozen):
    """What happened to one case, from every source, in order; `left_out` lines from the middle are not shown."""

    case: str
    ending: str  # how it ended, or the code it failed with
    chosen: str  # why its story is told: NAMED_IN_A_FINDING, AN_EXAMPLE, or words for people
    lines: tuple[Line, ...]
    left_out: int = 0


class CaseCounts(Frozen):
    """Cases by their end: refused is a failure that is nobody's fault; unknown are those of which nothing says."""

    total: int
    done: int
    refused: dict[str, int]
    failed: dict[str, int]
    unknown: dict[str, int]


class Figure(Frozen):
    """One number that a system wants to be seen beside its cases, such as what took effect at a third party."""

    label: str  # "Cleared"
    short: str | None  # "41 in 60", for tables; null: what it is counted from is missing
    value: str  # "41"
    note: str  # "in 60 attempts · 2 sent back"


class Owed(Frozen):
    """A step that was to be undone, and failed for good: a person has to do what the case could not."""

    case: str
    step: str  # what could not be done
    said: str  # what the case's own status says of it; empty when it says nothing
    name: str = "case"  # what a case is called

    @property
    def text(self) -> str:
        why = f": {self.said.removeprefix('needs a person: ')}" if self.said else ""
        return f"{self.name} {self.case} needs a person: its {self.step} failed{why}"


@dataclass(frozen=True)
class CaseReport:
    """One run's cases. `evidence` shows the rows that a checker's finding points at."""

    counts: CaseCounts | None  # null: the history is missing
    figure: Figure | None
    owed: tuple[Owed, ...]
    stories: tuple[CaseStory, ...]
    evidence: Callable[[str, Finding], tuple[Line, ...]]
    name: str = "case"  # what a case is called
    done: str = "done"  # and one that came to its good end
