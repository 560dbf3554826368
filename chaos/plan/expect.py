"""What a plan expects to be in the evidence, so that its run has shown what it is about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chaos.model import Frozen
from chaos.plan.moments import Name

Share = Annotated[float, Field(ge=0, le=1)]


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


class Steady(Frozen):
    """What normal is, how far it may be left while something is broken, and how soon it must be back: the recovery SLO.

    An answer is good that tells its client at once what came of it: ok, or a refusal such as `seat_sold`, but none that
    says that something does not work, such as `unpaid`. Times count from when an operation was due. Steady again is the
    run when a good answer came, when a window of operations due after the last heal was as good as `good` and
    `p95_factor` say, and when no more invocations are open than were before. What is missed is UNKNOWN, since times
    alone prove nothing against the services; so bounds are for what a run has to show, on a busy machine too.
    """

    good: Share = 0.95  # at least this share of answers before the first fault, and in the window that is steady again
    p95_ms: float | None = Field(default=None, gt=0)  # at most, before
    p95_factor: float = Field(default=3, ge=1, le=1_000)  # at most so many times the p95 before, in that window
    worst_good: Share = 0  # at least this share while something is broken
    worst_p95_ms: float | None = Field(default=None, gt=0)  # at most, while something is broken
    stalls_ms: float = Field(default=0, ge=0)  # and so long some answer takes then: a stall that has to show
    recovers_within_s: float = Field(gt=0, le=3_600)  # from the last heal until it is steady again
    enough: int = Field(default=20, ge=1)  # so many operations have to end before the first fault
    window: int = Field(default=10, ge=1)  # so many operations, in the order in which they were due


class Reaction(Frozen):
    """What Restate's nodes must be seen doing about those that they lose; anything less is UNKNOWN."""

    nodes_lost: int = Field(default=0, ge=0)  # times that a node was said to be dead by another
    leaders_moved: int = Field(default=0, ge=0)  # partitions that another node came to lead
    stalled: tuple[Name, ...] = ()  # while these steps were all on, operations began and none of them was answered ok


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
    placed_again: int = Field(default=0, ge=0)  # orders that Restate refused to begin again while they were under way
    backoff: Backoff | None = None
    compensations: tuple[Literal["void", "refund", "release"], ...] = ()  # each done at least once
    resold: int = Field(default=0, ge=0)  # seats given back by one order and then sold to another
    expired_while_down: int = Field(default=0, ge=0)  # holds, sessions, signups that ended while all killed were dead
    kept_in_use: int = Field(default=0, ge=0)  # looks at a session in use that would be gone had it not been used again
    timers_outlived: int = Field(default=0, ge=0)  # timers of holds given back early that came during another hold
    rounds: int = Field(default=0, ge=0)  # rounds in which a seat was sold
    hints: int = Field(default=0, ge=0)  # calls of payment_result
    hints_too_late: int = Field(default=0, ge=0)  # of them, those that came after their order had ended
    forged: int = Field(default=0, ge=0)  # orders that a client told of a payment while they were under way
    asked: int = Field(default=0, ge=0)  # orders of whose pending charge the gateway was asked
    cancelled_paid: int = Field(default=0, ge=0)  # cancelled orders that had been captured, and told of by a webhook
    needs_a_person: Bounds | None = None  # orders with a compensation that failed, and whose status says so
    deployments: int = Field(default=0, ge=0)  # versions of the app that each confirmed orders
    carried_over: int = Field(default=0, ge=0)  # confirmed orders that began on one and had their seat sold by another
    steady: Steady | None = None  # how it was before its faults, and how soon it must be so again
    cluster: Reaction | None = None  # what the nodes of a cluster did about what became of others
    checks: tuple[str, ...] | None = None  # names of the checkers to run; null is all that stand

    @property
    def needs(self) -> frozenset[str]:
        """Capabilities that a backend must have for it to be seen."""
        return frozenset({"cluster"} if self.cluster else ())
