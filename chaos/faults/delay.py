"""delay: an operation waits before it is carried out, or after that and before it is answered."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chaos.fakes.rules import Milliseconds, Point
from chaos.faults.rules import AT_LEAST, Attempt, RuleFault


class Delay(RuleFault):
    """Waits `delay_ms` at `point`."""

    fault: Literal["delay"] = "delay"
    point: Point
    delay_ms: Annotated[Milliseconds, Field(ge=1)]

    effect: ClassVar[str] = "attempts that waited that long before their effect, or between it and their end"

    def shows(self, attempt: Attempt) -> bool:
        end = attempt.first("answer", "drop")
        if end is None:
            return False
        until_end = attempt.rows[: attempt.rows.index(end) + 1]
        before, after = until_end[:2] if self.point == "before_effect" else until_end[-2:]
        return after.at_ms - before.at_ms >= AT_LEAST * self.delay_ms

    def takes_s(self) -> float:
        return self.delay_ms / 1000
