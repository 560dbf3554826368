"""role_updates: users get a role and permissions, in two steps."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan.workload import Call, Load, Workload

ROLES = ("usher", "cashier", "manager")


class RoleUpdates(Workload):
    """`users` updates, one user each."""

    kind: Literal["role_updates"] = "role_updates"
    users: int = Field(default=8, ge=1, le=500)
    clients: int = Field(default=4, ge=1, le=500)

    def decide(self, random: Random, scope: str) -> Load:
        operations = []
        for number in range(self.users):
            body = {"user_id": f"{scope}-user-{number}", "role": random.choice(ROLES), "permissions": ["sell", "scan"]}
            operations.append(Call(number=number, service="RoleUpdate", key="", handler="apply", input=body))
        return Load(operations=tuple(operations), clients=min(self.clients, self.users))
