"""lag: a look (GET) is answered with how things stood a while ago, as from a replica that has fallen behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from chaos.errors import BadInput
from chaos.fakes.rules import Milliseconds
from chaos.faults.rules import Attempt, Operation, RuleFault


class Lag(RuleFault):
    """Leaves out what happened in the last `behind_ms`. Only looks lag: an operation that does something is refused."""

    fault: Literal["lag"] = "lag"
    on: Operation = "lookup"
    behind_ms: Annotated[Milliseconds, Field(ge=1)]

    targets: ClassVar[str] = "lookup, or '<third party> GET /path'"
    effect: ClassVar[str] = "looks that were answered otherwise than they would have been without the lag"

    def spelled_out(self, operations: Mapping[str, str]) -> Self:
        found = super().spelled_out(operations)
        if found.call.method != "GET":
            raise BadInput(f"{self.on} does something; only looks can lag", where=self.fault, allowed=self.targets)
        return found

    def shows(self, attempt: Attempt) -> bool:
        answer = attempt.first("answer")
        return answer is not None and answer.detail == "stale"
