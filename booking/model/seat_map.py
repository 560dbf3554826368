"""SeatMap: what the view of an event may show, given what its tickets wrote.

How an app keeps its map is its own affair. The map lags, so of each seat it may show any state that was ever written,
but never an older one after a newer one: what it shows stands at a place in the seat's states, and places only grow.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from booking.model.clause import Clause
from booking.model.seat import FREE, Seat

MAP = "SeatMap — object"
TOLD = Clause(MAP, "`set` X private `{seat_id, status, round, version}`")
SHOWS = Clause(MAP, '→ `{round, seats: {"A1": "SOLD", …}}`')
NEVER_OLDER = Clause(MAP, "an older (round, version) never overwrites a newer")


def place_of(
    status: JsonValue, round_: int, states: Sequence[Seat], lowest: int, *, since: Sequence[float], until: float
) -> int | None:
    """The first place at or after `lowest` where a seat is as the map shows it in a round; None: nowhere.

    `states` begin with the seat as nobody had written it. One that was there only `since` a moment after `until` cannot
    have been seen. A seat that was not heard of in the map's round is free.
    """
    if status == FREE and (states[lowest].round or 1) < round_:
        return lowest
    for place in range(lowest, len(states)):
        state = states[place]
        if state.status == status and (state.round or 1) <= round_ and since[place] <= until:
            return place
    return None


def is_written(told: JsonValue, states: Sequence[Seat]) -> bool:
    """Whether a change that a map was told of is one that the Ticket made: a state of it, by all three fields."""
    if not isinstance(told, dict):
        return False
    status, round_, version = told.get("status"), told.get("round"), told.get("version")
    if any((state.status, state.round, state.version) == (status, round_, version) for state in states):
        return True
    first = states[1].version if len(states) > 1 else None
    return status == FREE and isinstance(version, int) and (first is None or version < first)
