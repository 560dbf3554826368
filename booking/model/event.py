"""Event: what is on sale and in which round. How an app keeps it is its own affair, so only answers are compared.

Left open: the hold of an event that was opened without one, whether input that means the same is the same input, and
the order of its seats.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import JsonValue

from booking.model.calls import Answer, Breach, Call
from booking.model.clause import Clause

EVENT = "Event — object"
OPENS = Clause(EVENT, "→ `{event_id, round}`; the same input again is a no-op")
OTHER_INPUT = Clause(EVENT, "409 `already_open` with other input")
SHOWS = Clause(EVENT, "→ `{open, seats, price_cents, currency, hold_ms, auto_reset, round}`")
UNKNOWN_EVENT = Clause(EVENT, "404 `unknown_event`")
ENDS_ROUND = Clause(EVENT, "round: a no-op, so that a repeated reset skips")
FIRST_ROUND = Clause(EVENT, "The first round is 1")


@dataclass(frozen=True)
class Terms:
    """What an event was opened with, and its round; `hold_ms` is None where the app's default counts."""

    seats: frozenset[str]
    price_cents: JsonValue
    currency: JsonValue
    hold_ms: JsonValue = None
    auto_reset: bool = False
    round: int = 1


def terms_of(body: JsonValue) -> Terms | None:
    """The terms that an input of `open` states, or None if it is not of the contract's form."""
    seats = body.get("seats") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(seats, list):
        return None
    names = frozenset(str(seat) for seat in seats)
    return Terms(
        names, body.get("price_cents"), body.get("currency"), body.get("hold_ms"), bool(body.get("auto_reset"))
    )


def answers(before: Terms | None, call: Call, event_id: str) -> tuple[Clause, dict[str, JsonValue] | str] | None:
    """The one lawful answer of a call to an event as it stands: fields, or a code; None: silent."""
    wanted, asked = terms_of(call.input), call.number("round")
    if call.handler == "open" and wanted is not None:
        if before is None or same(wanted, before):
            return OPENS, {"event_id": event_id, "round": before.round if before else 1}
        return OTHER_INPUT, "already_open"
    if call.handler == "get" or (call.handler == "reset" and asked is not None):
        if before is None:
            return UNKNOWN_EVENT, "unknown_event"
        if call.handler == "get":
            return SHOWS, _shown(before)
        return ENDS_ROUND, {"round": before.round + (asked == before.round)}
    return None


def _shown(before: Terms) -> dict[str, JsonValue]:
    """What `get` answers, but for the seats."""
    said: dict[str, JsonValue] = {
        "open": True,
        "price_cents": before.price_cents,
        "currency": before.currency,
        "auto_reset": before.auto_reset,
        "round": before.round,
    }
    return said | ({} if before.hold_ms is None else {"hold_ms": before.hold_ms})


def same(one: Terms, other: Terms) -> bool:
    """Whether two inputs open the same event; of a hold that one leaves to the app nobody can tell."""
    holds = one.hold_ms if other.hold_ms is not None else None, other.hold_ms if one.hold_ms is not None else None
    return replace(one, round=1, hold_ms=holds[0]) == replace(other, round=1, hold_ms=holds[1])


def broken(before: Terms | None, call: Call, answer: Answer, event_id: str) -> Breach | None:
    """The clause that an answer breaks, given how the event stood; None if it is lawful."""
    lawful = answers(before, call, event_id)
    if lawful is None or answer.kind == "none" or (answer.code == "invalid" and not is_sound(call)):
        return None
    clause, said = lawful
    if isinstance(said, str):
        return None if answer.code == said else Breach(clause, said)
    wrong = [name for name, value in said.items() if answer.field(name) != value]
    if call.handler == "get" and before is not None and not wrong:
        seats = answer.field("seats")
        wrong = [] if isinstance(seats, list) and frozenset(map(str, seats)) == before.seats else ["seats"]
    if answer.kind != "ok" or wrong:
        return Breach(clause, ", ".join(f"{name} {said.get(name, 'as opened')}" for name in wrong) or "ok")
    return None


def is_sound(call: Call) -> bool:
    """Whether an input is beyond doubt of the contract's form; `open` has one that is too rich to say so."""
    return call.handler == "get" or (call.handler == "reset" and call.is_plain())
