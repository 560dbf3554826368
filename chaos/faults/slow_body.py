"""slow_body: the operation is carried out and answered correctly, but the body of the answer trickles in."""

from __future__ import annotations

from typing import ClassVar, Literal

from chaos.fakes.rules import Pace
from chaos.faults.rules import AT_LEAST, Attempt, RuleFault

SHORTEST_BODY = 10  # bytes; a client may have gone before it had them all
LONGEST_BODY = 500


class SlowBody(RuleFault):
    """Sends the body at `bytes_per_s`; an answer has about 60 bytes."""

    fault: Literal["slow_body"] = "slow_body"
    bytes_per_s: Pace

    effect: ClassVar[str] = "attempts whose answer took as long as its size requires, or longer than its client waited"

    def shows(self, attempt: Attempt) -> bool:
        answer, sent = attempt.first("answer"), attempt.first("sent")
        if answer is None or sent is None:
            return False
        took_s = (sent.at_ms - answer.at_ms) / 1000
        return sent.detail is not None or took_s >= AT_LEAST * SHORTEST_BODY / self.bytes_per_s

    def takes_s(self) -> float:
        return LONGEST_BODY / self.bytes_per_s
