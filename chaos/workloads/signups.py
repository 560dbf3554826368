"""signups: users sign up, somebody guesses at their secret, and most of them send back the one they were mailed."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan import Awaits, Call, Load, Workload


class Signups(Workload):
    """`users` signups; for the first `answering` of them first a wrong secret is sent, then the one in the mail."""

    kind: Literal["signups"] = "signups"
    users: int = Field(default=6, ge=1, le=200)
    answering: int = Field(default=6, ge=0, le=200)

    def decide(self, random: Random, scope: str) -> Load:
        operations: list[Call] = []
        for user in range(self.users):
            user_id, number = f"{scope}-user-{user}", len(operations)
            email = f"{user_id}@example.org"
            run = Call(
                number=number,
                service="Signup",
                key=user_id,
                handler="run",
                input={"name": f"User {user}", "email": email},
            )
            operations.append(run)
            if user >= self.answering:
                continue
            begun = Awaits(target=f"Signup/{user_id}/status", equals={"verified": False})
            guess = {"secret": f"guess-{random.getrandbits(64):016x}"}
            click = Call(number=number + 1, service="Signup", key=user_id, handler="click", input=guess, awaits=begun)
            mailed = {"number": number + 2, "input": {}, "awaits": None, "after": number + 1, "secret_mailed_to": email}
            operations += [click, click.model_copy(update=mailed)]
        return Load(operations=tuple(operations), clients=len(operations))
