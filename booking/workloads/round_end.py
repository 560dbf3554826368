"""round_end: the round is ended, twice, while its seats are being paid for; then they are sold in the next."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class RoundEnd(Workload):
    """`seats` orders of the first round, a reset of it that is sent again, and `seats` orders of the second.

    The reset comes once each of the first orders was seen being paid for.
    """

    kind: Literal["round_end"] = "round_end"
    seats: int = Field(default=5, ge=1, le=100)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.seats)
        first = [checkout(random, n, f"{scope}-early-{n}", event_id, seat) for n, seat in enumerate(seats)]
        looks: list[Call] = []
        for number, order in enumerate(first, start=self.seats):
            look = Call(number=number, service="Checkout", key=order.key, handler="status")
            paying = Awaits(target=look.target, equals={"stage": "PAYING"})
            looks.append(look.model_copy(update={"awaits": paying, "after": number - 1 if looks else None}))
        last = looks[-1].number
        reset = Call(number=last + 1, service="Event", key=event_id, handler="reset", input={"round": 1}, after=last)
        resets = [reset, reset.model_copy(update={"number": last + 2, "after": last + 1})]
        second: list[Call] = []
        for n, seat in enumerate(seats):
            free = Awaits(target=f"Ticket/{event_id}:{seat}/get", equals={"status": "AVAILABLE", "round": 2})
            place, user_id = last + 3 + n, f"{scope}-late-{n}"
            second.append(checkout(random, place, user_id, event_id, seat, after=last + 1, awaits=free))
        operations = (*first, *looks, *resets, *second)
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=operations,
            clients=len(operations),
        )
