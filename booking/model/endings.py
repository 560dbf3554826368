"""Endings of an order: each failure has a cause that the evidence shows, and a booking its seat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from booking.model.checkout import SAGA
from booking.model.clause import Clause

TICKET, CHECKOUT = "Ticket — object", "Checkout — workflow"


@dataclass(frozen=True)
class Facts:
    """What the evidence shows that may make an order end as it did. Doubt counts as a cause: it accuses nobody."""

    seat_said: frozenset[str] = frozenset()  # codes that the order's calls of reserve were answered
    asked_for_seat: bool = True  # it called reserve; else nobody knows what told it of the seat
    taken: bool = False  # another order held or bought the seat at some time
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
    """A clause, and what would be the cause in words."""

    clause: Clause
    cause: str


ENDINGS: Mapping[str, Ending] = {
    "seat_sold": Ending(Clause(TICKET, "409 `seat_sold: Ticket already sold`"), "its seat's ticket said so"),
    "seat_reserved": Ending(
        Clause(TICKET, "409 `seat_reserved: Ticket is currently reserved`"), "its seat's ticket said so"
    ),
    "unknown_event": Ending(Clause(CHECKOUT, "404 `unknown_event`"), "its event was not open"),
    "unknown_seat": Ending(Clause(CHECKOUT, "`unknown_seat`"), "its event has no such seat"),
    "declined": Ending(Clause(SAGA, "402 is terminal"), "the gateway declined it"),
    "unpaid": Ending(Clause(SAGA, "time that runs out is 408 `unpaid`"), "it held a seat and was not sold it"),
    "refunded": Ending(Clause(SAGA, "Captured, but the seat cannot be confirmed"), "captured and not sold"),
    "cancelled": Ending(Clause(CHECKOUT, "true exactly when `run` ends 410"), "a cancel was accepted"),
    "gateway_refused": Ending(Clause(CHECKOUT, "502 `gateway_refused`"), "the gateway refused it for good"),
    "order_settled": Ending(Clause(SAGA, "`key_reused` and `key_barred`"), "it was placed or settled before"),
}
BOOKED = Ending(Clause(SAGA, "never a seat without a charge"), "its seat was confirmed, or it was booked before")


def has_cause(code: str, facts: Facts) -> bool:
    """Whether an order may end with that code. A code that is no ending of an order is not this model's to judge."""
    match code:
        case "seat_sold" | "seat_reserved":
            return code in facts.seat_said or (not facts.asked_for_seat and facts.taken)
        case "unknown_event":
            return not facts.event_open
        case "unknown_seat":
            return not (facts.event_open and facts.seat_listed)
        case "declined":
            return facts.declined
        case "unpaid":
            return not facts.was_sold and (facts.is_held or not facts.asked_for_seat)
        case "refunded":
            return not facts.was_sold and facts.captured
        case "cancelled":
            return facts.called_off
        case "gateway_refused":
            return facts.refused
        case "order_settled":
            return facts.settled_before
    return True


def may_be_booked(facts: Facts) -> bool:
    """Whether an order may be confirmed."""
    return facts.was_sold or facts.settled_before
