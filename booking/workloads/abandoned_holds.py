"""abandoned_holds: seats are reserved and left; once a hold has run out, somebody else buys the seat."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, order_id, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class AbandonedHolds(Workload):
    """One bystander checks out a seat; once that is being paid for, `seats` others are reserved and never paid for.

    As soon as the public read of such a seat says AVAILABLE, or after `patience_s`, another user checks it out.
    """

    kind: Literal["abandoned_holds"] = "abandoned_holds"
    seats: int = Field(default=4, ge=1, le=100)
    hold_ms: int = Field(default=1_500, ge=1)
    patience_s: float = Field(default=20, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id = f"{scope}-event"
        *seats, bystanders = seat_ids(self.seats + 1)
        operations = [checkout(random, 0, f"{scope}-bystander", event_id, bystanders)]
        paying = Awaits(target=f"Checkout/{operations[0].key}/status", equals={"stage": "PAYING"})
        for number, seat in enumerate(seats, start=1):
            body = {"user_id": f"{scope}-idler-{number}", "order_id": order_id(random), "hold_ms": self.hold_ms}
            ticket = f"{event_id}:{seat}"
            reserve = Call(number=number, service="Ticket", key=ticket, handler="reserve", input=body, awaits=paying)
            operations.append(reserve)
        for number, seat in enumerate(seats, start=1):
            free = Awaits(
                target=f"Ticket/{event_id}:{seat}/get", equals={"status": "AVAILABLE"}, patience_s=self.patience_s
            )
            operations.append(
                checkout(
                    random,
                    self.seats + number,
                    f"{scope}-buyer-{number}",
                    event_id,
                    seat,
                    after=number,
                    awaits=free,
                )
            )
        return Load(
            opening=(open_event(event_id, [*seats, bystanders], 4_200, None),),
            operations=tuple(operations),
            clients=len(operations),
        )
