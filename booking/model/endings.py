"""Endings of an order: each failure has a cause that the evidence shows, and a booking its seat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from booking.model.checkout import SAGA
from booking.model.clause import Clause

TICKET, CHECKOUT = "Ticket — object", "Checkout — workflow"


@dataclass(frozen=True)
class Facts:
    """What the evidence shows that may make an order end as it did. Doubt counts as a cause: it accuses nobody."""

    seat_said: frozenset[str] = frozenset()  # codes that the order's calls of reserve were answered
    asked_for_seat: bool = True  # it called reserve; else nobody knows what told it of the seat
    had: frozenset[str] = frozenset()  # states that the seat had by another order's doing, and SOLD by anybody's
    is_held: bool = False  # a call of reserve was answered with a hold
    was_sold: bool = False  # a call of confirm was answered: sold
    event_open: bool = False
    seat_listed: bool = False
    declined: bool = False  # the gateway said so
    refused: bool = False  # the gateway said that the call cannot succeed
    captured: bool = False
    settled_before: bool = False  # the order was placed before, or its payment key was used up
    called_off: bool = False  # a cancel was accepted, or nobody knows what it was told


@dataclass(frozen=True)
class Ending:
    """A clause, what would be the cause in words, and whether it is shown."""

    clause: Clause
    cause: str
    is_shown: Callable[[Facts], bool]


def _seat_said(code: str, *states: str) -> Callable[[Facts], bool]:
    """Its ticket said so, or nobody knows what did, and it may be true."""
    return lambda facts: (code in facts.seat_said or not facts.asked_for_seat) and bool(facts.had & {*states})


ENDINGS: Mapping[str, Ending] = {
    "seat_sold": Ending(
        Clause(TICKET, "409 `seat_sold: Ticket already sold`"),
        "its seat's ticket said so, and was right",
        _seat_said("seat_sold", "SOLD"),
    ),
    "seat_reserved": Ending(
        Clause(TICKET, "409 `seat_reserved: Ticket is currently reserved`"),
        "its seat's ticket said so, and was right",
        _seat_said("seat_reserved", "RESERVED", "SOLD"),
    ),
    "unknown_event": Ending(
        Clause(CHECKOUT, "404 `unknown_event`"), "its event was not open", lambda facts: not facts.event_open
    ),
    "unknown_seat": Ending(
        Clause(CHECKOUT, "`unknown_seat`"),
        "its event has no such seat",
        lambda facts: not (facts.event_open and facts.seat_listed),
    ),
    "declined": Ending(
        Clause(SAGA, "is terminal: void, release, report"), "the gateway declined it", lambda facts: facts.declined
    ),
    "unpaid": Ending(
        Clause(SAGA, "is 408 `unpaid`, whatever the last error said"),
        "it held a seat and was not sold it",
        lambda facts: not facts.was_sold and (facts.is_held or not facts.asked_for_seat),
    ),
    "refunded": Ending(
        Clause(SAGA, "Captured, but the seat cannot be confirmed"),
        "it was captured and not sold its seat",
        lambda facts: facts.captured and not facts.was_sold,
    ),
    "cancelled": Ending(
        Clause(CHECKOUT, "true exactly when `run` ends 410"), "a cancel was accepted", lambda facts: facts.called_off
    ),
    "gateway_refused": Ending(
        Clause(CHECKOUT, "502 `gateway_refused`"), "the gateway refused it for good", lambda facts: facts.refused
    ),
    "order_settled": Ending(
        Clause(SAGA, "`key_reused` and `key_barred`"),
        "it was placed or settled before",
        lambda facts: facts.settled_before,
    ),
}
BOOKED = Ending(
    Clause(SAGA, "never a seat without a charge"),
    "its seat was confirmed, or it was booked before",
    lambda facts: facts.was_sold or facts.settled_before,
)
