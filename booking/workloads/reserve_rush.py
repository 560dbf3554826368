"""reserve_rush: many users reserve one seat at the same moment, each with an order of its own and no payment."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import open_event, order_id
from chaos.plan.workload import Call, Load, Workload


class ReserveRush(Workload):
    """`users` concurrent `Ticket.reserve` on one key: one may hold the seat, all others must be refused."""

    kind: Literal["reserve_rush"] = "reserve_rush"
    users: int = Field(default=1_000, ge=2, le=10_000)
    clients: int = Field(default=1_000, ge=1, le=10_000)

    def decide(self, random: Random, scope: str) -> Load:
        event_id = f"{scope}-event"
        ticket = f"{event_id}:A1"
        operations = tuple(
            Call(
                number=number,
                service="Ticket",
                key=ticket,
                handler="reserve",
                input={"user_id": f"{scope}-user-{number}", "order_id": order_id(random)},
            )
            for number in range(self.users)
        )
        return Load(
            opening=(open_event(event_id, ["A1"], 4_200, None),),
            operations=operations,
            clients=min(self.clients, self.users),
        )
