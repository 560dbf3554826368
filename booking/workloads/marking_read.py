"""marking_read: users book two seats each, read their inbox, and mark one of two notifications as read, twice."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Awaits, Call, Load, Workload


class MarkingRead(Workload):
    """`users` of one event, each with two orders; nobody wants another's seats."""

    kind: Literal["marking_read"] = "marking_read"
    users: int = Field(default=4, ge=1, le=200)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(2 * self.users)
        wanted = random.sample(seats, len(seats))
        operations: list[Call] = []
        for user in range(self.users):
            user_id, number = f"{scope}-user-{user}", len(operations)
            first = checkout(random, number, user_id, event_id, wanted[2 * user])
            second = checkout(random, number + 1, user_id, event_id, wanted[2 * user + 1], after=number)
            told = Awaits(target=f"Notifications/{user_id}/get", equals={"unread": 2}, patience_s=60)
            look = Call(
                number=number + 2, service="Notifications", key=user_id, handler="get", after=number + 1, awaits=told
            )
            chosen = {"notification_id": random.choice((first, second)).key}
            mark = {"number": number + 3, "handler": "mark_read", "input": chosen, "after": number + 2, "awaits": None}
            again = mark | {"number": number + 4, "after": number + 3}
            operations += [first, second, look, look.model_copy(update=mark), look.model_copy(update=again)]
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=len(operations),
            reads=tuple(f"Notifications/{scope}-user-{user}/get" for user in range(self.users)),
        )
