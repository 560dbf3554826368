"""The story of each planned fault: when it was on, what was seen of it, and which operations met it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from chaos.evidence.faultlog import FaultEvent, Observation
from chaos.evidence.history import Operation
from chaos.evidence.record import Record


@dataclass(frozen=True)
class FaultStory:
    """One decided step and what the fault log says of it."""

    step: str
    fault: str
    events: tuple[FaultEvent, ...]

    @cached_property
    def injected_at_ms(self) -> int | None:
        return min((event.at_ms for event in self.events if event.phase == "injected"), default=None)

    @cached_property
    def healing_at_ms(self) -> int | None:
        return min((event.at_ms for event in self.events if event.phase == "healing"), default=None)

    @cached_property
    def healed_at_ms(self) -> int | None:
        return max((event.at_ms for event in self.events if event.phase == "healed"), default=None)

    @cached_property
    def trouble(self) -> str | None:
        """Why it could not be done as planned."""
        return next((event.detail or "no reason logged" for event in self.events if event.phase == "failed"), None)

    @cached_property
    def observations(self) -> list[Observation]:
        return [event.observation for event in self.events if event.observation]

    @cached_property
    def rule_ids(self) -> set[str]:
        return {event.rule_id for event in self.events if event.rule_id}

    @property
    def target(self) -> str:
        return self.events[0].target if self.events else ""

    def was_on(self, at_ms: int) -> bool:
        """Whether it was certainly on at a time: injected by then, with its heal not yet begun."""
        return self.injected_at_ms is not None and self.injected_at_ms <= at_ms <= (self.healing_at_ms or 0)

    def met_by(self, operations: Iterable[Operation]) -> list[Operation]:
        """The operations under way at some time while the fault was on.

        It counts from the moment it was intended: the connections that a kill breaks are broken before it is done.
        """
        if self.injected_at_ms is None:
            return []
        since = min(event.at_ms for event in self.events if event.phase in ("intended", "injected"))
        until = self.healed_at_ms if self.healed_at_ms is not None else max(event.at_ms for event in self.events)
        return [
            operation
            for operation in operations
            if operation.invoked_at_ms <= until and (operation.ended_at_ms is None or operation.ended_at_ms >= since)
        ]


def fault_stories(record: Record) -> list[FaultStory]:
    """One story per decided step (each cycle is one), including steps that do not appear in the log."""
    return [
        FaultStory(
            step=str(step["id"]),
            fault=str(step["fault"]["fault"]),
            events=tuple(event for event in record.faults if event.step == step["id"]),
        )
        for step in record.decisions.get("steps", [])
    ]


def all_dead(record: Record, *at_ms: int) -> bool:
    """Whether at each of these times every process that the plan kills was dead."""
    kills = [story for story in fault_stories(record) if story.fault == "kill"]
    return bool(kills) and all(story.was_on(time) for story in kills for time in at_ms)
