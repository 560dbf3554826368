"""A fault that can be injected: the base class of every fault in the catalogue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager

from chaos.evidence.faultlog import Injection
from chaos.plan.step import PlannedFault
from chaos.stack.stack import Stack


class Fault(PlannedFault, ABC):
    """One fault: a frozen value whose `inject` is an async context manager that breaks on entry and heals on exit.

    Subclasses live in chaos/faults, one per file (or anywhere that is imported before the plan is read).
    """

    @abstractmethod
    def inject(self, stack: Stack, injection: Injection) -> AbstractAsyncContextManager[None]:
        """Breaks on entry and heals on exit; records what was seen through `injection.observe`.

        Raises chaos.errors.BadInput before anything is broken if the target does not exist or is already dead.
        """
