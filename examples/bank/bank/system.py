"""The bank, described to the engine."""

import re
from random import Random
from typing import Literal

from pydantic import Field

from bank.checkers import cleared_once, money_is_conserved, never_below_zero
from chaos import Call, Checker, Load, System, Workload


class Transfers(Workload):
    """Transfers between accounts; `refused` of them go to a payee whom the clearing house has blocked."""

    kind: Literal["transfers"] = "transfers"
    transfers: int = Field(ge=1, le=10_000)
    accounts: int = Field(default=4, ge=2, le=100)
    cents: int = Field(default=10_000, ge=1)  # in each account at first
    refused: int = Field(default=0, ge=0)
    clients: int = Field(default=4, ge=1, le=64)

    def decide(self, random: Random, scope: str) -> Load:
        names = [f"{scope}-{number}" for number in range(self.accounts)]
        opening = tuple(
            Call(number=-1 - at, service="Account", key=name, handler="open", input=self.cents)
            for at, name in enumerate(names)
        )
        refused = set(random.sample(range(self.transfers), min(self.refused, self.transfers)))
        return Load(
            opening=opening,
            operations=tuple(self._transfer(random, scope, n, names, n in refused) for n in range(self.transfers)),
            clients=self.clients,
        )

    def _transfer(self, random: Random, scope: str, number: int, names: list[str], blocked: bool) -> Call:
        payer, payee = random.sample(names, 2)
        order = {"payer": payer, "payee": f"blocked-{scope}" if blocked else payee, "cents": random.randint(1, 4_000)}
        return Call(number=number, service="Transfer", key=f"{scope}-t{number}", handler="run", input=order)


def error_code(message: str) -> str | None:
    """ "short" or "refused": what the app's errors begin with."""
    found = re.match(r"(short|refused): ", message)
    return found[1] if found else None


SYSTEM = System(
    name="bank",
    app="bank.app:app",
    handlers={"Account": frozenset({"open", "withdraw", "deposit"}), "Transfer": frozenset({"run"})},
    parties=("bank.clearing:CLEARING",),
    error_code=error_code,
    case_of=lambda call: call.key if call.service == "Transfer" else None,
    checkers={
        "money_is_conserved": Checker(money_is_conserved),
        "never_below_zero": Checker(never_below_zero),
        "cleared_once": Checker(cleared_once),
    },
)
