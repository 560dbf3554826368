"""outlived_holds: holds run out while their orders are still being paid for; then somebody else buys the seats."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan import Awaits, Call, Load, Workload
from chaos.workloads.keys import checkout, open_event, seat_ids


class OutlivedHolds(Workload):
    """A checkout of each of `seats` seats; another as soon as the seat was seen held and then free again.

    A hold lasts `hold_ms`. That the first checkouts last longer is for the plan to see to.
    """

    kind: Literal["outlived_holds"] = "outlived_holds"
    seats: int = Field(default=4, ge=1, le=100)
    hold_ms: int = Field(default=2_500, ge=1)
    patience_s: float = Field(default=20, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.seats)
        operations: list[Call] = []
        for seat in seats:
            number, ticket = len(operations), f"{event_id}:{seat}"
            held, free = (
                Awaits(target=f"Ticket/{ticket}/get", equals={"status": status}, patience_s=self.patience_s)
                for status in ("RESERVED", "AVAILABLE")
            )
            operations += [
                checkout(random, number, f"{scope}-early-{seat}", event_id, seat),
                Call(number=number + 1, service="Ticket", key=ticket, handler="get", awaits=held),
                checkout(random, number + 2, f"{scope}-late-{seat}", event_id, seat, after=number + 1, awaits=free),
            ]
        return Load(
            opening=(open_event(event_id, seats, 4_200, self.hold_ms),),
            operations=tuple(operations),
            clients=len(operations),
            event_ids=(event_id,),
            seats=tuple(f"{event_id}:{seat}" for seat in seats),
        )
