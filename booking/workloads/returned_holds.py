"""returned_holds: seats are reserved, given back and bought at once, while the timers of the first holds still run."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, order_id, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class ReturnedHolds(Workload):
    """Each of `seats` is reserved for `hold_ms` and released; then another user checks it out.

    One more seat is reserved last, for as long, and left. Who buys it waits until the public read says AVAILABLE, or
    for `patience_s`: by then the timers of the others were due. That paying takes so long is for the plan to see to.
    """

    kind: Literal["returned_holds"] = "returned_holds"
    seats: int = Field(default=3, ge=1, le=100)
    hold_ms: int = Field(default=1_000, ge=1)
    patience_s: float = Field(default=20, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id = f"{scope}-event"
        *seats, left = seat_ids(self.seats + 1)
        operations: list[Call] = []
        for seat in seats:
            number, order, ticket = len(operations), order_id(random), f"{event_id}:{seat}"
            operations += [
                self._reserve(number, ticket, f"{scope}-idler-{seat}", order),
                Call(
                    number=number + 1,
                    service="Ticket",
                    key=ticket,
                    handler="release",
                    input={"order_id": order},
                    after=number,
                ),
                checkout(random, number + 2, f"{scope}-buyer-{seat}", event_id, seat, after=number + 1),
            ]
        number, ticket = len(operations), f"{event_id}:{left}"
        last = self._reserve(number, ticket, f"{scope}-idler-{left}", order_id(random))
        free = Awaits(target=f"Ticket/{ticket}/get", equals={"status": "AVAILABLE"}, patience_s=self.patience_s)
        operations += [
            last.model_copy(update={"after": number - 2}),
            checkout(random, number + 1, f"{scope}-buyer-{left}", event_id, left, after=number, awaits=free),
        ]
        return Load(
            opening=(open_event(event_id, [*seats, left], 4_200, None),),
            operations=tuple(operations),
            clients=len(operations),
        )

    def _reserve(self, number: int, ticket: str, user_id: str, order: str) -> Call:
        body = {"user_id": user_id, "order_id": order, "hold_ms": self.hold_ms}
        return Call(number=number, service="Ticket", key=ticket, handler="reserve", input=body)
