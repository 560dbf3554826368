"""A fault that can be injected: what every fault of the catalogue is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractAsyncContextManager

from chaos.evidence.faultlog import Injection
from chaos.plan.step import PlannedFault
from chaos.stack.stack import Stack


class Fault(PlannedFault, ABC):
    """One fault: a frozen value whose `inject` is an async context manager that breaks, and heals on the way out.

    Subclasses live one a file in chaos/faults (or anywhere that is imported before the plan is read).
    """

    @abstractmethod
    def inject(self, stack: Stack, injection: Injection) -> AbstractAsyncContextManager[None]:
        """Breaks on entry and heals on exit; records what was seen through `injection.observe`.

        Raises chaos.errors.BadInput when the target is not there or already dead, before anything is broken.
        """
