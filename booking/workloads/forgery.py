"""forgery: somebody who is not the gateway tells every order that its payment succeeded, again and again."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class Forgery(Workload):
    """`orders` checkouts by webhook, one seat each; `declined` of them with a card that the gateway declines.

    For each order a forged success is posted before it is placed, as soon as its status says PAYING, and after its end.
    """

    kind: Literal["forgery"] = "forgery"
    orders: int = Field(default=6, ge=1, le=300)
    declined: int = Field(default=2, ge=0)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.orders)
        operations: list[Call] = []
        for order, seat in enumerate(seats):
            number, user_id = 4 * order, f"{scope}-user-{order}"
            charge_id = f"ch_{random.getrandbits(64):016x}"
            declined = order < self.declined
            run = checkout(
                random, number + 1, user_id, event_id, seat, payment="webhook", declined=declined, after=number
            )
            paying = Awaits(target=f"Checkout/{run.key}/status", equals={"stage": "PAYING"}, patience_s=2)
            operations += [
                forged(number, run.key, charge_id),
                run,
                forged(number + 2, run.key, charge_id, awaits=paying, after=number),
                forged(number + 3, run.key, charge_id, after=run.number),
            ]
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=len(operations),
        )


def forged(number: int, order: str, charge_id: str, *, after: int | None = None, awaits: Awaits | None = None) -> Call:
    """A success that only the forger knows about; the charge's id looks like the gateway's own."""
    body = {"charge_id": charge_id, "outcome": "succeeded"}
    return Call(
        number=number, service="Checkout", key=order, handler="payment_result", input=body, after=after, awaits=awaits
    )
