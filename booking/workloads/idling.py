"""idling: users put a seat into their cart and go away, for good or for a while; one bystander books meanwhile."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, JsonValue

from booking.workloads.keys import checkout, open_event, session_call
from chaos.plan.workload import Awaits, Call, Load, Workload


class Idling(Workload):
    """`users` sessions that must be gone at the end; each is looked at once it is empty, or after `patience_s`.

    `returning` others fill their cart before them and come back for another seat after `away_ms`; they are looked at
    once the first of those who went for good is forgotten, and would be so too had they not come back.
    """

    kind: Literal["idling"] = "idling"
    users: int = Field(default=4, ge=1, le=200)
    returning: int = Field(default=0, ge=0, le=200)
    away_ms: int = Field(default=1_000, ge=0, le=600_000)
    patience_s: float = Field(default=10, ge=0, le=600)

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", ["A1", "A2"]
        users = [f"{scope}-user-{number}" for number in range(self.users)]
        regulars = [f"{scope}-regular-{number}" for number in range(self.returning)]
        first, second = (_seat(event_id, seat) for seat in seats)
        calls: list[Call] = []

        def call(user_id: str, handler: str, body: JsonValue = None, after: int | None = None, look: str = "") -> None:
            empty = Awaits(target=f"UserSession/{look}/get", equals={"cart": []}, patience_s=self.patience_s)
            awaits = empty if look else None
            calls.append(session_call(len(calls), user_id, handler, body, after=after, awaits=awaits))

        for user_id in regulars:
            call(user_id, "add_to_cart", first)
        for user_id in users:
            call(user_id, "add_to_cart", first, after=self.returning - 1 if regulars else None)
        calls.append(checkout(random, len(calls), f"{scope}-bystander", event_id, seats[0], after=len(calls) - 1))
        for number, user_id in enumerate(users, start=self.returning):
            call(user_id, "get", after=number, look=user_id)
        at_once = len(calls)
        for user_id in regulars:
            call(user_id, "add_to_cart", second)
        for number, user_id in enumerate(regulars, start=at_once):
            call(user_id, "get", after=number, look=users[0])
        return Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(calls),
            arrivals_ms=(0,) * at_once + (self.away_ms,) * (len(calls) - at_once) if regulars else (),
            clients=len(calls),
            forgotten=tuple(f"UserSession/{user_id}" for user_id in users),
        )


def _seat(event_id: str, seat_id: str) -> JsonValue:
    return {"event_id": event_id, "seat_id": seat_id}
