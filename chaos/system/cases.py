"""What a system tells of its cases in reports: how many there were, how they ended, and the story of some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from chaos.model import Frozen
from chaos.verdict import Finding

LineSource = Literal["client", "restate", "gateway", "mailer", "fault"]
Chosen = Literal["finding", "needs a person", "charged again", "compensated", "plain"]


class Line(Frozen):
    """One thing that happened, as one source of evidence tells it."""

    at_ms: int  # wall clock; orders lines of different sources only roughly
    source: LineSource
    place: str  # where it stands in the evidence: "row 12", "Checkout.run #3", "operation 7"
    text: str
    weight: Literal["plain", "effect", "trouble"] = "plain"


class OrderStory(Frozen):
    """What happened to one order, from every source, in order; `left_out` lines from the middle are not shown."""

    order_id: str
    ending: str  # "confirmed", or the code it ended with
    chosen: Chosen  # why its story is told
    lines: tuple[Line, ...]
    left_out: int = 0


class OrderCounts(Frozen):
    """Orders by their end: refused means that the seat was another's; an "unreached" one never began and failed so."""

    total: int
    confirmed: int
    refused: dict[str, int]
    failed: dict[str, int]
    unknown: dict[str, int]


class ChargeCounts(Frozen):
    """What the gateway's ledger holds: charge requests that arrived, and what took effect."""

    attempts: int
    captures: int
    refunds: int
    bars: int
    orders_charged_again: int  # orders with more than one charge request


class Owed(Frozen):
    """A compensation that failed for good: a person has to do what the order could not."""

    order_id: str
    compensation: str  # "void", "refund" or "release"
    said: str  # what the order's status says of it; empty when it says nothing

    @property
    def text(self) -> str:
        why = f": {self.said.removeprefix('needs a person: ')}" if self.said else ""
        return f"order {self.order_id} needs a person: its {self.compensation} failed{why}"


@dataclass(frozen=True)
class CaseReport:
    """One run's cases. `evidence` shows the rows that a checker's finding points at."""

    orders: OrderCounts | None  # null: the history is missing
    charges: ChargeCounts | None  # null: the ledger is missing
    owed: tuple[Owed, ...]
    stories: tuple[OrderStory, ...]
    evidence: Callable[[str, Finding], tuple[Line, ...]]
