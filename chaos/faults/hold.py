"""hold: an operation stops before it is carried out, or after that and before its answer, until this heals."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.fakes.rules import Point
from chaos.faults.rules import Attempt, RuleFault


class Hold(RuleFault):
    """Stops at `point`: what a step with `when=HoldReached(step=…)` waits for. The heal lets it go on."""

    fault: Literal["hold"] = "hold"
    point: Point

    effect: ClassVar[str] = "attempts that were held before they took effect, or after it"

    def shows(self, attempt: Attempt) -> bool:
        held = attempt.first("hold")
        if held is None:
            return False
        made = any(effect.row < held.row for effect in attempt.effects)
        return made or attempt.known if self.point == "after_effect" else not made
