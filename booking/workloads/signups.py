"""signups: users sign up, somebody guesses at their secret, and most of them send back the one they were mailed."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field

from chaos.plan.workload import Awaits, Call, Load, Workload


class Signups(Workload):
    """`users` signups; for the first `answering` of them a wrong secret is sent, then the one in the mail.

    For the next `late` of them the one in the mail is sent too, and only when the signup has ended.
    """

    kind: Literal["signups"] = "signups"
    users: int = Field(default=6, ge=1, le=200)
    answering: int = Field(default=6, ge=0, le=200)
    late: int = Field(default=0, ge=0, le=200)

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
            mailed = run.model_copy(update={"handler": "click", "input": {}, "secret_mailed_to": email})
            if user < self.answering:
                begun = Awaits(target=f"Signup/{user_id}/status", equals={"verified": False})
                guess = {"secret": f"guess-{random.getrandbits(64):016x}"}
                guessed = {"number": number + 1, "handler": "click", "input": guess, "awaits": begun}
                answer = {"number": number + 2, "after": number + 1}
                operations += [run.model_copy(update=guessed), mailed.model_copy(update=answer)]
            elif user < self.answering + self.late:
                operations.append(mailed.model_copy(update={"number": number + 1, "after": number}))
        return Load(operations=tuple(operations), clients=len(operations))
