"""A seat's story: every state its Ticket wrote to the journal, in version order, and the state it has at the end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

STATE_KEY = "ticket"  # the contract's name of the Ticket object's state


@dataclass(frozen=True)
class SeatState:
    """One value of the Ticket's state, and the journal entry that wrote it (none: read at the end)."""

    status: str
    order_id: str | None
    round: int
    version: int
    invocation_id: str | None = None
    journal_index: int | None = None

    @property
    def content(self) -> tuple[str, str | None, int]:
        """What the version stands for. Who held a seat that is free again is no part of it."""
        return self.status, self.order_id if self.status != "AVAILABLE" else None, self.round


@dataclass(frozen=True)
class Seat:
    """All that the evidence says of one seat. `writes` are in version order, the last one of each invocation."""

    key: str  # "event_id:seat_id"
    writes: tuple[SeatState, ...] = ()
    final: SeatState | None = None
    unreadable: int = 0  # states that are not of the contract's form

    @cached_property
    def states(self) -> tuple[SeatState, ...]:
        """Writes and the final state, in version order, the journal's word first."""
        final = (self.final,) if self.final else ()
        return tuple(sorted((*self.writes, *final), key=lambda state: state.version))

    @cached_property
    def sales(self) -> list[SeatState]:
        return [state for state in self.states if state.status == "SOLD"]

    @property
    def event_id(self) -> str:
        return self.key.rpartition(":")[0]

    @property
    def seat_id(self) -> str:
        return self.key.rpartition(":")[2]


def seat_state(value: JsonValue, invocation_id: str | None = None, index: int | None = None) -> SeatState | None:
    """A state value of the contract's form, or None."""
    if not isinstance(value, dict):
        return None
    status, order_id, round_, version = (value.get(name) for name in ("status", "order_id", "round", "version"))
    if not isinstance(status, str) or not isinstance(round_, int) or not isinstance(version, int):
        return None
    return SeatState(status, order_id if isinstance(order_id, str) else None, round_, version, invocation_id, index)
