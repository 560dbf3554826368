"""Arrivals that workloads share: an open loop, in which people come when they come, at a rate, as a Poisson process."""

from __future__ import annotations

from itertools import accumulate
from random import Random
from typing import Annotated

from pydantic import Field

from chaos.plan.workload import Load

Rate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]  # operations per second, on average
CONNECTIONS = 256  # at most so many at once: a stall may hold many, but no more than the machine has room for


def open_loop(load: Load, random: Random, rate_per_s: float) -> Load:
    """The same operations, each due at a time of its own: gaps drawn from the exponential distribution of the rate."""
    gaps_s = [[random.expovariate(rate_per_s) for _ in part.operations] for part in load.parts]
    arrivals_ms = tuple(round(at_s * 1000) for part in gaps_s for at_s in accumulate(part))
    update = {"arrivals_ms": arrivals_ms, "clients": min(CONNECTIONS, len(load.operations)), "think_ms": 0}
    return load.model_copy(update=update)
