"""hang: an operation is neither carried out nor answered; its client must give up."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class Hang(RuleFault):
    """Never answers; ends when the client disconnects."""

    fault: Literal["hang"] = "hang"

    effect: ClassVar[str] = "attempts that were never answered and took no effect"

    def shows(self, attempt: Attempt) -> bool:
        return attempt.status is None and not attempt.effects
