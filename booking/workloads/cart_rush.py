"""cart_rush: one user's cart is changed from many places at once, without a lock."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import open_event, seat_ids, session_call
from chaos.plan.workload import Call, Load, Workload


class CartRush(Workload):
    """A cart with `seats` seats; half of them are taken out and as many others put in, concurrently, in any order."""

    kind: Literal["cart_rush"] = "cart_rush"
    seats: int = Field(default=40, ge=2, le=300)
    clients: int = Field(default=16, ge=2, le=1_000)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, user_id, half = f"{scope}-event", f"{scope}-user-42", self.seats // 2
        seats = seat_ids(self.seats + half)
        before, added = seats[: self.seats], seats[self.seats :]
        changes = [("remove_from_cart", seat) for seat in before[:half]] + [("add_to_cart", seat) for seat in added]
        random.shuffle(changes)

        def change(number: int, handler: str, seat: str) -> Call:
            return session_call(number, user_id, handler, {"event_id": event_id, "seat_id": seat})

        filled = [change(-2 - number, "add_to_cart", seat) for number, seat in enumerate(before)]
        return Load(
            opening=(open_event(event_id, seats, 4_200, None), *filled),
            operations=tuple(change(number, *each) for number, each in enumerate(changes)),
            clients=self.clients,
            reads=(f"UserSession/{user_id}/get",),
            kept=(f"UserSession/{user_id}",),
        )
