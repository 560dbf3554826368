"""lag: a look (GET) is answered with how things stood a while ago, as from a replica that has fallen behind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from chaos.fakes.rules import Milliseconds
from chaos.faults.rules import Attempt, Operation, RuleFault, call_of


class Lag(RuleFault):
    """Leaves out what happened in the last `behind_ms`. Only looks lag: an operation that does something is refused."""

    fault: Literal["lag"] = "lag"
    on: Operation = "lookup"
    behind_ms: Annotated[Milliseconds, Field(ge=1)]

    targets: ClassVar[str] = "lookup, or '<third party> GET /path'"
    effect: ClassVar[str] = "looks that were answered otherwise than they would have been without the lag"

    @model_validator(mode="after")
    def _only_looks_lag(self) -> Self:
        if call_of(self.on).method != "GET":
            raise ValueError(f"{self.on} does something; only looks can lag: {self.targets}")
        return self

    def shows(self, attempt: Attempt) -> bool:
        answer = attempt.first("answer")
        return answer is not None and answer.detail == "stale"
