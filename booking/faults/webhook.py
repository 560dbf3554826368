"""webhook: how a pending charge goes on after its 202: it settles, and is told once, twice, late, wrongly or never."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.fakes.rules import Deliver, Milliseconds, Outcome
from chaos.faults.rules import AT_LEAST, Attempt, RuleFault

SETTLED = {"succeeded": "capture", "failed": "fail"}


class Webhook(RuleFault):
    """The charge ends in `outcome` after `settle_ms`; the webhook is sent as `deliver` says, `delay_ms` later.

    "late" is the one with a delay. "out_of_order" tells the outcome and then an older state that contradicts it; with
    "before_answer" all has happened when the 202 is sent. A charge voided meanwhile is told of as failed.
    """

    fault: Literal["webhook"] = "webhook"
    on: Literal["charge", "gateway POST /v1/charges"] = "charge"
    deliver: Deliver
    outcome: Outcome = "succeeded"
    settle_ms: Milliseconds = 0
    delay_ms: Milliseconds = 0

    targets: ClassVar[str] = "charge"
    effect: ClassVar[str] = "attempts whose charge ended that way and was told of like that, or not at all"

    def shows(self, attempt: Attempt) -> bool:
        if not attempt.effects or attempt.effects[0].effect != "pending":
            return False
        pending, *settled = attempt.effects
        if settled and settled[0].effect != SETTLED[self.outcome]:
            return False
        told = [row for row in attempt.rows if row.kind == "webhook"]
        takes_ms = AT_LEAST * (self.settle_ms + self.delay_ms)
        return self._tells([(row.detail or "").partition(",")[0] for row in told]) and all(
            row.at_ms - pending.at_ms >= takes_ms and self._in_time(row.row, attempt) for row in told
        )

    def _tells(self, told: list[str]) -> bool:
        """Whether these are the outcomes that such a webhook tells."""
        match self.deliver:
            case "never":
                return not told
            case "duplicated":
                return len(told) > 1 and len(set(told)) == 1
            case "out_of_order":
                return len(told) > 1 and told[-1] != told[0]
        return len(told) == 1

    def _in_time(self, row: int, attempt: Attempt) -> bool:
        """Before the answer or after it, as it should be; an attempt that got none says nothing of that."""
        answer = attempt.first("answer")
        return answer is None or (row < answer.row) == (self.deliver == "before_answer")

    def takes_s(self) -> float:
        return (self.settle_ms + self.delay_ms) / 1000
