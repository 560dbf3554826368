"""cancelling: every order is called off at some moment: before it is placed, at once, while it is paid, or too late."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan import Awaits, Call, Load, Workload
from chaos.workloads.keys import checkout, open_event, seat_ids

PAYING = {"stage": "PAYING"}
MOMENTS = 4


class Cancelling(Workload):
    """`orders` checkouts, a seat each, and a cancel for each of them.

    By turns the cancel comes before the order is placed, together with it, as soon as its status says PAYING, and after
    its answer.
    """

    kind: Literal["cancelling"] = "cancelling"
    orders: int = Field(ge=MOMENTS, le=1_000)
    clients: int = Field(default=8, ge=2, le=1_000)
    payment: Literal["direct", "webhook"] = "direct"

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.orders)
        operations: list[Call] = []
        for order, seat in enumerate(seats):
            number, moment = 2 * order, order % MOMENTS
            place = number + (moment == 0)
            run = checkout(random, place, f"{scope}-user-{order}", event_id, seat, payment=self.payment)
            cancel = Call(number=number + (moment > 0), service="Checkout", key=run.key, handler="cancel")
            if moment == 0:
                operations += [cancel, run.model_copy(update={"after": cancel.number})]
                continue
            if moment == 2:
                target = f"Checkout/{run.key}/status"
                cancel = cancel.model_copy(update={"awaits": Awaits(target=target, equals=PAYING, patience_s=1)})
            elif moment == 3:
                cancel = cancel.model_copy(update={"after": run.number})
            operations += [run, cancel]
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=min(self.clients, len(operations)),
            event_ids=(event_id,),
            seats=tuple(f"{event_id}:{seat}" for seat in seats),
        )
