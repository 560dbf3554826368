"""strangers: seats are booked, and for each somebody who was given no order id tries to interfere."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, JsonValue

from booking.workloads.keys import checkout, open_event, order_id, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class Strangers(Workload):
    """`orders` checkouts, one seat each, and a stranger for each, who acts as soon as its seat is held.

    A stranger looks at the seat, the event and the map; releases the seat and reserves it, under an order id of their
    own; calls two private handlers through the ingress, to confirm the seat and to have the buyer notified; and looks
    at the seat again when the order has ended.
    """

    kind: Literal["strangers"] = "strangers"
    orders: int = Field(default=6, ge=1, le=200)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.orders)
        operations: list[Call] = []
        for order, seat in enumerate(seats):
            number, buyer, own = len(operations), f"{scope}-user-{order}", order_id(random)
            operations.append(checkout(random, number, buyer, event_id, seat))
            ticket = f"{event_id}:{seat}"
            note: JsonValue = {"notification_id": own, "kind": "booking_confirmed", "order_id": own, "to": buyer}
            tries: list[tuple[str, str, str, JsonValue]] = [
                ("Ticket", ticket, "get", None),
                ("Event", event_id, "get", None),
                ("SeatMap", event_id, "get", None),
                ("Ticket", ticket, "release", {"order_id": own}),
                ("Ticket", ticket, "reserve", {"order_id": own, "user_id": f"{scope}-stranger-{order}"}),
                ("Ticket", ticket, "confirm", {"order_id": own, "round": 1}),
                ("Notifications", buyer, "notify", note),
            ]
            held = Awaits(target=f"Ticket/{ticket}/get", equals={"status": "RESERVED"}, patience_s=2)
            for place, (service, key, handler, body) in enumerate(tries, start=number + 1):
                call = Call(number=place, service=service, key=key, handler=handler, input=body, after=place - 1)
                first = {"after": None, "awaits": held} if place == number + 1 else {}
                operations.append(call.model_copy(update=first))
            last = operations[-1].number + 1
            operations.append(Call(number=last, service="Ticket", key=ticket, handler="get", after=number))
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=len(operations),
        )
