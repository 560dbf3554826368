"""outlived_holds: holds run out while their orders are still being paid for; then somebody else buys the seats."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class OutlivedHolds(Workload):
    """A checkout of each of `seats` seats; once all are seen being paid for, another of each as soon as it is free.

    A hold lasts `hold_ms`. The plan must make paying last longer, until the others have come. With
    `auto_reset` the event starts over once they have all bought.
    """

    kind: Literal["outlived_holds"] = "outlived_holds"
    seats: int = Field(default=4, ge=1, le=100)
    hold_ms: int = Field(default=3_000, ge=1)
    auto_reset: bool = False
    patience_s: float = Field(default=20, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.seats)
        early = [checkout(random, n, f"{scope}-early-{seat}", event_id, seat) for n, seat in enumerate(seats)]
        looks: list[Call] = []
        for number, order in enumerate(early, start=self.seats):
            look = Call(number=number, service="Checkout", key=order.key, handler="status")
            paying = Awaits(target=look.target, equals={"stage": "PAYING"}, patience_s=self.patience_s)
            # One after another: who looks takes from the time that the first orders have to pay in.
            looks.append(look.model_copy(update={"awaits": paying, "after": number - 1 if looks else None}))
        last, late = looks[-1].number, []
        for number, seat in enumerate(seats, start=last + 1):
            ticket = f"Ticket/{event_id}:{seat}/get"
            free = Awaits(target=ticket, equals={"status": "AVAILABLE"}, patience_s=self.patience_s)
            user_id = f"{scope}-late-{seat}"
            late.append(checkout(random, number, user_id, event_id, seat, after=last, awaits=free))
        return Load(
            opening=(open_event(event_id, seats, 4_200, self.hold_ms, auto_reset=self.auto_reset),),
            operations=(*early, *looks, *late),
            clients=3 * self.seats,
        )
