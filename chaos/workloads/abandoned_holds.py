"""abandoned_holds: seats are reserved and left; once a hold has run out, somebody else buys the seat."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan import Awaits, Call, Load, Workload
from chaos.workloads.keys import checkout, open_event, order_id, seat_ids


class AbandonedHolds(Workload):
    """`seats` reservations of `hold_ms` that nobody pays for; one bystander checks out a seat of its own meanwhile.

    As soon as the public read of a seat says AVAILABLE, or after `patience_s`, another user checks it out.
    """

    kind: Literal["abandoned_holds"] = "abandoned_holds"
    seats: int = Field(default=4, ge=1, le=100)
    hold_ms: int = Field(default=1_500, ge=1)
    patience_s: float = Field(default=12, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id = f"{scope}-event"
        *seats, bystanders = seat_ids(self.seats + 1)
        operations = []
        for number, seat in enumerate(seats):
            body = {"user_id": f"{scope}-idler-{number}", "order_id": order_id(random), "hold_ms": self.hold_ms}
            call = Call(number=number, service="Ticket", key=f"{event_id}:{seat}", handler="reserve", input=body)
            operations.append(call)
        operations.append(
            checkout(random, self.seats, f"{scope}-bystander", event_id, bystanders, after=self.seats - 1)
        )
        for number, seat in enumerate(seats):
            free = Awaits(
                target=f"Ticket/{event_id}:{seat}/get", equals={"status": "AVAILABLE"}, patience_s=self.patience_s
            )
            operations.append(
                checkout(
                    random,
                    self.seats + 1 + number,
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
            event_ids=(event_id,),
            seats=tuple(f"{event_id}:{seat}" for seat in (*seats, bystanders)),
        )
