"""Arrivals, shared by workloads: an open loop, in which operations arrive at a rate, as a Poisson process."""

from __future__ import annotations

from itertools import accumulate
from random import Random
from typing import Annotated

from pydantic import Field

from chaos.plan.workload import Load

Rate = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]  # operations per second, on average
CONNECTIONS = 256  # at most this many at once: a stall may hold many, but no more than the machine can take


def open_loop(load: Load, random: Random, rate_per_s: float) -> Load:
    """The same operations, each with its own due time: gaps are drawn from the rate's exponential distribution."""
    gaps_s = [[random.expovariate(rate_per_s) for _ in part.operations] for part in load.parts]
    arrivals_ms = tuple(round(at_s * 1000) for part in gaps_s for at_s in accumulate(part))
    update = {"arrivals_ms": arrivals_ms, "clients": min(CONNECTIONS, len(load.operations)), "think_ms": 0}
    return load.model_copy(update=update)
