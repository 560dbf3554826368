"""What a plan expects to be in the evidence, so that its run has shown what it is about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chaos.model import Frozen


class Bounds(Frozen):
    """How many there must be; `exactly` sets both ends."""

    at_least: int = Field(default=0, ge=0)
    at_most: int | None = Field(default=None, ge=0)

    @classmethod
    def exactly(cls, count: int) -> Bounds:
        return cls(at_least=count, at_most=count)

    def hold(self, count: int) -> bool:
        return self.at_least <= count and (self.at_most is None or count <= self.at_most)

    def __str__(self) -> str:
        if self.at_most is None:
            return f"at least {self.at_least}"
        return f"exactly {self.at_least}" if self.at_least == self.at_most else f"{self.at_least} to {self.at_most}"


class Backoff(Frozen):
    """Retries must be seen: sampled as backing off, `attempts` of one order, gaps growing by about `factor`."""

    attempts: int = Field(ge=3)
    factor: float = Field(default=2.0, ge=1)


class Expect(Frozen):
    """What must be in the evidence for the scenario to have shown its point; anything less is UNKNOWN.

    `outcomes` counts operations by "ok" or by the contract's error code ("seat_sold", "declined" …): a count out of
    bounds there is INVALID, since the contract fixes it. `shown` counts in the same way what a slow machine may make
    come out otherwise (a hold that ended before its charge was sent): a count out of bounds there is UNKNOWN.
    """

    min_ok: int = Field(default=1, ge=0)
    outcomes: dict[str, Bounds] = {}
    shown: dict[str, Bounds] = {}
    refused: Bounds | None = None  # operations that failed with seat_sold or seat_reserved together
    repeated_charges: int = Field(default=0, ge=0)  # orders captured once though charged in two or more attempts
    backoff: Backoff | None = None
    compensations: tuple[Literal["void", "refund", "release"], ...] = ()  # each done at least once
    resold: int = Field(default=0, ge=0)  # seats given back by one order and then sold to another
    expired_while_down: int = Field(default=0, ge=0)  # holds whose end came while every killed process was dead
    rounds: int = Field(default=0, ge=0)  # rounds in which a seat was sold
    hints: int = Field(default=0, ge=0)  # calls of payment_result
    asked: int = Field(default=0, ge=0)  # orders of whose pending charge the gateway was asked
    needs_a_person: Bounds | None = None  # orders with a compensation that failed, and whose status says so
    deployments: int = Field(default=0, ge=0)  # versions of the app that each confirmed orders
    carried_over: int = Field(default=0, ge=0)  # confirmed orders that began on one and had their seat sold by another
    checks: tuple[str, ...] | None = None  # names of the checkers to run; null is all that stand
