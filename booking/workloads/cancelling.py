"""cancelling: every order is cancelled at some moment: before it is placed, at once, while it is paid, or too late."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, model_validator

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload

PAYING = {"stage": "PAYING"}
Moment = Literal["before", "together", "paying", "late"]


class Cancelling(Workload):
    """`orders` checkouts, one seat each, and a cancel for each of them.

    In turn, as listed in `moments`, it comes before the order is placed, together with it, as soon as its status says
    PAYING (or, if it does not, after `patience_s`), and after its answer.
    """

    kind: Literal["cancelling"] = "cancelling"
    orders: int = Field(ge=1, le=1_000)
    moments: tuple[Moment, ...] = Field(default=("before", "together", "paying", "late"), min_length=1)
    clients: int = Field(default=8, ge=2, le=1_000)
    payment: Literal["direct", "webhook"] = "direct"
    patience_s: float = Field(default=1, ge=0, le=600)

    @model_validator(mode="after")
    def _moments_come(self) -> Cancelling:
        if self.orders < len(self.moments):
            raise ValueError(f"orders: {self.orders} for {len(self.moments)} moments; at least one for each")
        return self

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.orders)
        operations: list[Call] = []
        for order, seat in enumerate(seats):
            number, moment = 2 * order, self.moments[order % len(self.moments)]
            place = number + (moment == "before")
            run = checkout(random, place, f"{scope}-user-{order}", event_id, seat, payment=self.payment)
            cancel = Call(number=number + (moment != "before"), service="Checkout", key=run.key, handler="cancel")
            if moment == "before":
                operations += [cancel, run.model_copy(update={"after": cancel.number})]
                continue
            if moment == "paying":
                target = f"Checkout/{run.key}/status"
                cancel = cancel.model_copy(
                    update={"awaits": Awaits(target=target, equals=PAYING, patience_s=self.patience_s)}
                )
            elif moment == "late":
                cancel = cancel.model_copy(update={"after": run.number})
            operations += [run, cancel]
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=min(self.clients, len(operations)),
        )
