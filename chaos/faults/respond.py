"""respond: an operation is not carried out, but answered with a status, headers and body that the plan chooses."""

from __future__ import annotations

import json
from typing import ClassVar, Literal, Self

from pydantic import JsonValue, model_validator

from chaos.fakes.rules import Headers, PadBytes, Status
from chaos.faults.rules import Attempt, RuleFault


class Respond(RuleFault):
    """Answers `status`. `body` goes out as JSON, `text` as it is, `pad_bytes` of blanks after either.

    An answer that claims what did not happen, a 2xx that can be read or a code "already_…", needs `lies`: what the app
    makes of it is then no fault of the app's, and no verdict on it.
    """

    fault: Literal["respond"] = "respond"
    status: Status
    headers: Headers = {}
    body: JsonValue = None
    text: str | None = None
    pad_bytes: PadBytes = 0
    lies: bool = False

    of_the_plan: ClassVar[frozenset[str]] = frozenset({"lies"})
    effect: ClassVar[str] = "attempts that were answered with that status and took no effect"

    @model_validator(mode="after")
    def _owns_up_to_lies(self) -> Self:
        if self.claims_success() and not self.lies:
            raise ValueError(
                f"{self.status} to {self.on} claims what this rule keeps from happening; say so with lies: true, or "
                "choose a fault that lets it happen, such as accept_then_fail"
            )
        return self

    def claims_success(self) -> bool:
        """Whether a client that believes this answer takes something for done."""
        if self.status < 300:
            return self.text is None or _is_json(self.text)
        code = self.body.get("code") if isinstance(self.body, dict) else None
        return isinstance(code, str) and code.startswith("already_")

    def shows(self, attempt: Attempt) -> bool:
        return attempt.status == self.status and not attempt.effects


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
