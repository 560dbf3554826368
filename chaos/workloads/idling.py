"""idling: users put a seat into their cart and go away; one bystander books meanwhile."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, JsonValue

from chaos.plan import Awaits, Call, Load, Workload
from chaos.workloads.keys import checkout, open_event, session_call


class Idling(Workload):
    """`users` sessions that must be gone at the end; each is looked at once it is empty, or after `patience_s`."""

    kind: Literal["idling"] = "idling"
    users: int = Field(default=4, ge=1, le=200)
    patience_s: float = Field(default=10, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seat = f"{scope}-event", "A1"
        users = [f"{scope}-user-{number}" for number in range(self.users)]
        body: JsonValue = {"event_id": event_id, "seat_id": seat}
        adds = [session_call(number, user_id, "add_to_cart", body) for number, user_id in enumerate(users)]
        bystander = checkout(random, self.users, f"{scope}-bystander", event_id, seat, after=self.users - 1)
        looks: list[Call] = []
        for number, user_id in enumerate(users):
            empty = Awaits(target=f"UserSession/{user_id}/get", equals={"cart": []}, patience_s=self.patience_s)
            looks.append(session_call(self.users + 1 + number, user_id, "get", after=number, awaits=empty))
        return Load(
            opening=(open_event(event_id, [seat], 4_200, None),),
            operations=(*adds, bystander, *looks),
            clients=2 * self.users + 1,
            event_ids=(event_id,),
            seats=(f"{event_id}:{seat}",),
            forgotten=tuple(f"UserSession/{user_id}" for user_id in users),
        )
