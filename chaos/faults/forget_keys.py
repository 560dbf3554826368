"""forget_keys: what a key was used for is forgotten just before the attempt, as when idempotency keys expire."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.faults.rules import Attempt, RuleFault


class ForgetKeys(RuleFault):
    """Goes on as with a new key. This makes duplicates that no client can prevent."""

    fault: Literal["forget_keys"] = "forget_keys"

    effect: ClassVar[str] = "attempts before which a key was forgotten that had been used"

    def shows(self, attempt: Attempt) -> bool:
        return attempt.known and any(row.effect == "forget" for row in attempt.rows)
