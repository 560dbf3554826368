"""A checker as the engine calls it: a pure function from a record to an answer, and when there is something to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chaos.evidence.record import Record
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult


@dataclass(frozen=True)
class Checker:
    """One property. It is left out where its plan gives it nothing to look for, unless the plan names it.

    `expects`: what a plan may tell it to look for.
    """

    check: Callable[[Record], CheckResult]
    expected: Callable[[Record], bool] = lambda _: True
    expects: type[Expectations] | None = None
