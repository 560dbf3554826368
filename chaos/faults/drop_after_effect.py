"""drop_after_effect: the operation is carried out, then the connection is reset: done, but nobody was told."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class DropAfterEffect(RuleFault):
    """Carries out the request once, and resets the connection instead of answering."""

    fault: Literal["drop_after_effect"] = "drop_after_effect"

    effect: ClassVar[str] = "attempts that took effect and whose connection was dropped"

    def shows(self, attempt: Attempt) -> bool:
        return attempt.first("drop") is not None and bool(attempt.effects or attempt.known)
