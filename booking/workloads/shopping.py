"""shopping: users fill their carts, order everything at once, look, and look again when the last order has ended."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, JsonValue

from booking.workloads.keys import GOOD_TOKEN, checkout, open_event, seat_ids, session_call
from chaos.plan.workload import Awaits, Call, Load, Workload


class Shopping(Workload):
    """`users` carts of `seats_each` seats of one event; nobody wants another's seats. One bystander has no cart."""

    kind: Literal["shopping"] = "shopping"
    users: int = Field(default=6, ge=1, le=500)
    seats_each: int = Field(default=3, ge=1, le=20)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.users * self.seats_each + 1)
        bystanders, *wanted = random.sample(seats, len(seats))
        operations: list[Call] = []
        for user in range(self.users):
            user_id = f"{scope}-user-{user}"
            for seat in wanted[user * self.seats_each : (user + 1) * self.seats_each]:
                body: JsonValue = {"event_id": event_id, "seat_id": seat}
                operations.append(session_call(len(operations), user_id, "add_to_cart", body))
            token = f"{GOOD_TOKEN}{random.getrandbits(128):032x}"
            last = operations[-1].number
            operations.append(session_call(last + 1, user_id, "checkout", {"payment_token": token}))
            ended = Awaits(target=f"UserSession/{user_id}/get", equals={"current_orders": []}, patience_s=60)
            operations.append(session_call(last + 2, user_id, "get"))
            operations.append(session_call(last + 3, user_id, "get", awaits=ended))
        operations.append(checkout(random, len(operations), f"{scope}-bystander", event_id, bystanders))
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(_each_after_the_one_before(operations)),
            clients=self.users + 1,
            reads=tuple(f"UserSession/{scope}-user-{user}/get" for user in range(self.users)),
        )


def _each_after_the_one_before(operations: list[Call]) -> list[Call]:
    """A user does one thing after the other."""
    return [
        call.model_copy(update={"after": call.number - 1}) if call.number and call.key == before.key else call
        for before, call in zip([operations[0], *operations], operations, strict=False)
    ]
