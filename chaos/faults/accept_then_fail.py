"""accept_then_fail: the operation is carried out, and answered 503: charged, and told that it failed."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class AcceptThenFail(RuleFault):
    """Does what it is asked for, once, and answers 503."""

    fault: Literal["accept_then_fail"] = "accept_then_fail"

    effect: ClassVar[str] = "attempts whose effect is made and that were answered 503"

    def shows(self, attempt: Attempt) -> bool:
        return attempt.status == 503 and bool(attempt.effects or attempt.known)
