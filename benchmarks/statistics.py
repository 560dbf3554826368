"""Medians with intervals that assume nothing about the distribution; no randomness, so that figures can be redone."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from math import comb
from typing import NamedTuple

CONFIDENCE = 0.95


class Estimate(NamedTuple):
    """A median, and the interval from `low` to `high` that holds the true one with probability `confidence`."""

    median: float
    low: float
    high: float
    confidence: float
    n: int


def estimate(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """The median of independent measurements, with the narrowest pair of order statistics that is confident enough.

    Values too few for that (fewer than six for 95 %) give their whole range and the confidence that it has. Raises
    ValueError when there are none.
    """
    if not values:
        raise ValueError("no values to estimate from")
    ordered, n = sorted(values), len(values)
    cut = 0  # how many values are left out on each side
    while cut + 1 < (n + 1) // 2 and covers(n, cut + 1) >= confidence:
        cut += 1
    return Estimate(statistics.median(ordered), ordered[cut], ordered[n - 1 - cut], covers(n, cut), n)


def covers(n: int, cut: int) -> float:
    """How probably the true median lies within n ordered values of which `cut` are left out on each side."""
    return max(0.0, 1 - 2 * sum(comb(n, k) for k in range(cut + 1)) / 2.0**n)


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """Ratios of measurements made in pairs. Raises ValueError when one has no partner."""
    return [over / under for over, under in zip(numerators, denominators, strict=True)]
