"""hold: an operation stops before it is carried out, or between that and its answer, until the heal."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.fakes.rules import Point
from chaos.faults.rules import Attempt, RuleFault


class Hold(RuleFault):
    """Stops at `point`: this is what a step with `when=HoldReached(step=…)` waits for. The heal lets it continue."""

    fault: Literal["hold"] = "hold"
    point: Point

    effect: ClassVar[str] = "attempts that were held before or after they took effect"

    def shows(self, attempt: Attempt) -> bool:
        held = attempt.first("hold")
        if held is None:
            return False
        made = any(effect.row < held.row for effect in attempt.effects)
        return made or attempt.known if self.point == "after_effect" else not made
