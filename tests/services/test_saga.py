"""What an order must know before it goes on is asked until it is known, however often an operator cancels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from restate import TerminalError

from services.errors import refuse
from services.saga import Fate, decide, insist

CANCELLED = TerminalError("cancelled", 409)
KILLED = TerminalError("killed", 409)
TAKEN = TerminalError("the promise was completed before", 409)
OURS, THEIRS = Fate(decision="fail"), Fate(decision="cancel")


def answering(*answers: Any) -> Callable[..., Awaitable[Any]]:
    """Gives one answer after the other, and raises those that are errors."""
    left = list(answers)

    async def ask(*_: Any) -> Any:
        answer = left.pop(0)
        if isinstance(answer, TerminalError):
            raise answer
        return answer

    return ask


class Undecided:
    """A workflow's context whose one promise answers as it is told to."""

    def __init__(self, resolve: Callable[..., Awaitable[Any]], peek: Callable[..., Awaitable[Any]]) -> None:
        self.resolve, self.peek = resolve, peek

    def promise(self, name: str, serde: Any) -> Any:
        assert name == "fate"
        return self


async def test_what_an_operator_ended_is_asked_again() -> None:
    assert await insist(answering(CANCELLED, KILLED, CANCELLED, "sold")) == "sold"


@pytest.mark.parametrize("no", [refuse("not_held", "-"), TerminalError("state: KeyError", 500)])
async def test_a_no_is_an_answer(no: TerminalError) -> None:
    with pytest.raises(TerminalError, match=str(no.message)):
        await insist(answering(CANCELLED, no, "sold"))


@pytest.mark.parametrize(
    ("resolve", "peek", "counts"),
    [
        ([None], [], OURS),
        ([TAKEN], [THEIRS], THEIRS),
        ([CANCELLED, None], [], OURS),
        ([CANCELLED, TAKEN], [OURS], OURS),  # the first was heard after all
        ([TAKEN], [CANCELLED, CANCELLED, THEIRS], THEIRS),
        ([CANCELLED, CANCELLED, TAKEN], [CANCELLED, THEIRS], THEIRS),
    ],
)
async def test_an_order_has_one_fate_whoever_interrupts(resolve: list[Any], peek: list[Any], counts: Fate) -> None:
    ctx: Any = Undecided(answering(*resolve), answering(*peek))
    assert await decide(ctx, OURS) == counts
