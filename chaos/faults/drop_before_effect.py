"""drop_before_effect: the connection is reset before the operation is carried out."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class DropBeforeEffect(RuleFault):
    """Resets the connection before anything happens."""

    fault: Literal["drop_before_effect"] = "drop_before_effect"

    effect: ClassVar[str] = "attempts whose connection was dropped and that took no effect"

    def shows(self, attempt: Attempt) -> bool:
        return attempt.first("drop") is not None and not attempt.effects
