"""The events that a run opened, as its plan decided them: seats, price, currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from chaos.evidence.record import Record


@dataclass(frozen=True)
class OpenedEvent:
    """What one event was opened with."""

    event_id: str
    terms: Mapping[str, JsonValue]

    @property
    def seats(self) -> tuple[str, ...]:
        """The keys of its tickets, "event_id:seat_id"."""
        listed = self.terms.get("seats")
        return tuple(f"{self.event_id}:{seat}" for seat in listed) if isinstance(listed, list) else ()

    @property
    def price(self) -> tuple[JsonValue, JsonValue]:
        """Price in minor units, and currency."""
        return self.terms.get("price_cents"), self.terms.get("currency")


def opened(calls: Iterable[Mapping[str, Any]]) -> dict[str, OpenedEvent]:
    """The events among opening calls, by their id."""
    return {
        call["key"]: OpenedEvent(call["key"], call["input"])
        for call in calls
        if (call["service"], call["handler"]) == ("Event", "open") and isinstance(call["input"], dict)
    }


def opened_in(record: Record) -> dict[str, OpenedEvent]:
    """The events that a record's run opened, by their id; none where its decisions do not say."""
    return opened(record.decisions.get("load", {}).get("opening", []))
