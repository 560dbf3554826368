"""two_events: two events are sold at once, at another price each and in another currency."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Call, Load, Workload

# Neither is a round sum: 19.99 is one of those that a float does not hold.
TERMS = ((1_999, "EUR"), (12_501, "JPY"))


class TwoEvents(Workload):
    """`orders` checkouts, a seat each, by turns of the one event and of the other; by `clients` at a time."""

    kind: Literal["two_events"] = "two_events"
    orders: int = Field(default=8, ge=2, le=1_000)
    clients: int = Field(default=4, ge=1, le=1_000)

    def decide(self, random: Random, scope: str) -> Load:
        events = [f"{scope}-event-{number}" for number in range(len(TERMS))]
        seats = seat_ids(-(-self.orders // len(TERMS)))
        opening: list[Call] = []
        for number, (event_id, (price_cents, currency)) in enumerate(zip(events, TERMS, strict=True)):
            call = open_event(event_id, seats, price_cents, None, currency=currency)
            opening.append(call.model_copy(update={"number": -1 - number}))
        operations = [
            checkout(
                random, number, f"{scope}-user-{number}", events[number % len(events)], seats[number // len(events)]
            )
            for number in range(self.orders)
        ]
        return Load(
            opening=tuple(opening),
            operations=tuple(operations),
            clients=min(self.clients, self.orders),
        )
