"""round_end: the round is ended, twice, while its seats are being paid for; then they are sold in the next."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan import Awaits, Call, Load, Workload
from chaos.workloads.keys import checkout, open_event, seat_ids


class RoundEnd(Workload):
    """`seats` orders of the first round, a reset of it that is sent again, and `seats` orders of the second."""

    kind: Literal["round_end"] = "round_end"
    seats: int = Field(default=5, ge=1, le=100)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.seats)
        first = [checkout(random, n, f"{scope}-early-{n}", event_id, seat) for n, seat in enumerate(seats)]
        reset = Call(number=self.seats, service="Event", key=event_id, handler="reset", input={"round": 1})
        paying = Awaits(target=f"Checkout/{first[-1].key}/status", equals={"stage": "PAYING"})
        resets = [
            reset.model_copy(update={"awaits": paying}),
            reset.model_copy(update={"number": self.seats + 1, "after": self.seats}),
        ]
        second: list[Call] = []
        for n, seat in enumerate(seats):
            free = Awaits(target=f"Ticket/{event_id}:{seat}/get", equals={"status": "AVAILABLE", "round": 2})
            place, user_id = self.seats + 2 + n, f"{scope}-late-{n}"
            second.append(checkout(random, place, user_id, event_id, seat, after=self.seats, awaits=free))
        operations = (*first, *resets, *second)
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=operations,
            clients=len(operations),
            event_ids=(event_id,),
            seats=tuple(f"{event_id}:{seat}" for seat in seats),
        )
