"""accept_then_fail: the operation is carried out, and answered 503: done, and told that it failed."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class AcceptThenFail(RuleFault):
    """Does what it is asked for, once, and answers 503. What is pending then is told of as `deliver` says."""

    fault: Literal["accept_then_fail"] = "accept_then_fail"
    deliver: Literal["once", "duplicated"] = "once"

    effect: ClassVar[str] = "attempts whose effect is made and that were answered 503, and told of twice if asked"

    def shows(self, attempt: Attempt) -> bool:
        told_twice = sum(row.kind == "webhook" for row in attempt.rows) > 1
        accepted = attempt.status == 503 and bool(attempt.effects or attempt.known)
        return accepted and (told_twice or self.deliver == "once")
