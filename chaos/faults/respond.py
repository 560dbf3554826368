"""respond: an operation is not carried out, but answered with a status, headers and body that the plan chooses."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import JsonValue

from chaos.fakes.rules import Headers, PadBytes, Status
from chaos.faults.rules import Attempt, RuleFault


class Respond(RuleFault):
    """Answers `status`. `body` is sent as JSON, `text` as it is, and `pad_bytes` blanks after either."""

    fault: Literal["respond"] = "respond"
    status: Status
    headers: Headers = {}
    body: JsonValue = None
    text: str | None = None
    pad_bytes: PadBytes = 0

    effect: ClassVar[str] = "attempts that were answered with that status and took no effect"

    def shows(self, attempt: Attempt) -> bool:
        return attempt.status == self.status and not attempt.effects
