"""fresh_keys: sessions nobody has ever heard of are written to; some are cleared again."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from booking.workloads.keys import session_call
from chaos.plan.workload import Call, Load, Workload


class FreshKeys(Workload):
    """The first call ever on each of `keys` sessions; the first `cleared` of them are cleared afterwards."""

    kind: Literal["fresh_keys"] = "fresh_keys"
    keys: int = Field(default=1_000, ge=1, le=10_000)
    cleared: int = Field(default=200, ge=0, le=10_000)
    clients: int = Field(default=64, ge=1, le=1_000)

    def decide(self, random: Random, scope: str) -> Load:
        users = [f"{scope}-user-{random.getrandbits(64):016x}" for _ in range(self.keys)]
        cleared = users[: self.cleared]
        body = {"event_id": f"{scope}-event", "seat_id": "A1"}
        operations: list[Call] = [
            session_call(number, user_id, "add_to_cart", dict(body)) for number, user_id in enumerate(users)
        ]
        operations += [
            session_call(self.keys + number, user_id, "clear", after=number) for number, user_id in enumerate(cleared)
        ]
        return Load(
            operations=tuple(operations),
            clients=self.clients,
            forgotten=tuple(f"UserSession/{user_id}" for user_id in cleared),
            kept=tuple(f"UserSession/{user_id}" for user_id in users[self.cleared :]),
        )
