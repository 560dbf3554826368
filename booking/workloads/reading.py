"""reading: seats are booked while everybody reads seats, the map, the event and orders."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Call, Load, Workload


class Reading(Workload):
    """`orders` checkouts, one seat each, and with each a read of its seat, event, map, cart and status."""

    kind: Literal["reading"] = "reading"
    orders: int = Field(default=12, ge=1, le=1_000)
    clients: int = Field(default=8, ge=1, le=1_000)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.orders)
        operations: list[Call] = []
        for order, seat in enumerate(seats):
            number = len(operations)
            booking = checkout(random, number, f"{scope}-user-{order}", event_id, seat)
            looks = [("Ticket", f"{event_id}:{seat}", "get"), ("Event", event_id, "get"), ("SeatMap", event_id, "get")]
            looks.append(("UserSession", f"{scope}-user-{order}", "get"))
            operations.append(booking)
            for offset, (service, key, handler) in enumerate(looks, start=1):
                operations.append(Call(number=number + offset, service=service, key=key, handler=handler))
            operations.append(
                Call(
                    number=len(operations), service="Checkout", key=booking.key, handler="status", after=booking.number
                )
            )
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=min(self.clients, len(operations)),
        )
