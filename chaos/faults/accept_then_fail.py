"""accept_then_fail: the operation is carried out and then answered 503: done, but reported as failed."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class AcceptThenFail(RuleFault):
    """Carries out the request once, and answers 503. `deliver` says how the webhook of a pending effect is sent."""

    fault: Literal["accept_then_fail"] = "accept_then_fail"
    deliver: Literal["once", "duplicated"] = "once"

    effect: ClassVar[str] = "attempts that took effect and were answered 503, with the webhook sent twice if asked"

    def shows(self, attempt: Attempt) -> bool:
        told_twice = sum(row.kind == "webhook" for row in attempt.rows) > 1
        accepted = attempt.status == 503 and bool(attempt.effects or attempt.known)
        return accepted and (told_twice or self.deliver == "once")
