"""in_progress: an operation that is still being carried out is asked for again, and that attempt is told so: 409."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class InProgress(RuleFault):
    """Answers 409 `in_progress` while an earlier attempt with the same key has not ended, and otherwise as ever.

    Something else must make that attempt last: a `delay` or a `hold` on the attempts before ("1" there, "2-" here).
    """

    fault: Literal["in_progress"] = "in_progress"

    effect: ClassVar[str] = "attempts that were answered 409 in_progress and took no effect"

    def shows(self, attempt: Attempt) -> bool:
        answer = attempt.first("answer")
        said = (answer.status, answer.detail) if answer else None
        return said == (409, "in_progress") and not attempt.effects
