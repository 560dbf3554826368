"""Ticket: what each call may do to a seat, and answer. Its state is the contract's own, so states are compared.

Left open: how far a version grows, whether a call that changes nothing writes, who held a seat that is free again,
handlers of an app's own, and what becomes of a hold whose time is up before its timer came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import JsonValue

from booking.model.calls import Answer, Breach, Call
from booking.model.clause import Clause

TICKET = "Ticket — object"
HOLDS = Clause(TICKET, '`{user_id, order_id, hold_ms?}` → `{status: "RESERVED", expires_at_ms, round}`')
HOLDS_AGAIN = Clause(TICKET, "repeated by the holder: same answer")
IS_SOLD = Clause(TICKET, "409 `seat_sold: Ticket already sold` (also to the order that bought it)")
IS_HELD = Clause(TICKET, "409 `seat_reserved: Ticket is currently reserved` (another order holds it")
SELLS = Clause(TICKET, '`{order_id, round}` → `{status: "SOLD"}`; repeated: same answer')
NOT_HELD = Clause(TICKET, "409 `not_held`: this order does not hold it in this round")
RELEASES = Clause(TICKET, "a no-op unless this order holds it; never un-sells")
EXPIRES = Clause(TICKET, "delayed by the hold; ends only")
RESETS = Clause("Event — object", "becomes AVAILABLE in the next")
SHOWS = Clause(TICKET, "→ `{status: AVAILABLE\\|RESERVED\\|SOLD, expires_at_ms, round, version}`")
GROWS = Clause(TICKET, "`version` only grows, across rounds too")
MALFORMED = Clause("Input, errors, identity", "at once 422 `invalid: <field>: why`")

FREE, HELD, SOLD = "AVAILABLE", "RESERVED", "SOLD"
PLAIN_INPUT = {  # handler → the texts of its input; those whose answers to a sound input are all listed
    "reserve": ("user_id", "order_id"),
    "confirm": ("order_id",),
    "release": ("order_id",),
}


@dataclass(frozen=True)
class Seat:
    """The state under the key `ticket`; one that nobody wrote yet is free, its round and version unknown."""

    status: str = FREE
    user_id: str | None = None
    order_id: str | None = None
    expires_at_ms: int | None = None
    round: int | None = None
    version: int | None = None

    def is_held_by(self, order_id: str | None) -> bool:
        return (self.status, self.order_id) == (HELD, order_id)

    @property
    def content(self) -> tuple[str, str | None, int | None]:
        """What a version stands for. Who held a seat that is free again is no part of it."""
        return self.status, self.order_id if self.status != FREE else None, self.round

    def __str__(self) -> str:
        whose = f" for {self.order_id}" if self.status != FREE else ""
        return f"{self.status}{whose}, round {self.round}, version {self.version}" if self.version else "AVAILABLE"


class Step(NamedTuple):
    """A lawful outcome: the seat afterwards, and the code of the refusal, None for ok."""

    clause: Clause
    status: str
    order_id: str | None
    round: int | None
    code: str | None = None

    def __str__(self) -> str:
        return f"{self.status}{f' for {self.order_id}' if self.order_id else ''}, answered {self.code or 'ok'}"


def seat_of(value: JsonValue) -> Seat | None:
    """A state value of the contract's form, or None; no value at all is a seat that nobody wrote yet."""
    if value is None:
        return Seat()
    if not isinstance(value, dict):
        return None
    status, round_, version = value.get("status"), value.get("round"), value.get("version")
    if status not in (FREE, HELD, SOLD) or not isinstance(round_, int) or not isinstance(version, int):
        return None
    user_id, order_id, expires_at_ms = (value.get(name) for name in ("user_id", "order_id", "expires_at_ms"))
    return Seat(
        str(status),
        user_id if isinstance(user_id, str) else None,
        order_id if isinstance(order_id, str) else None,
        expires_at_ms if isinstance(expires_at_ms, int) else None,
        round_,
        version,
    )


def steps(before: Seat, call: Call) -> list[Step] | None:
    """Every lawful outcome of a call; None where the contract is silent and all are."""
    order_id, round_ = call.text("order_id"), call.number("round")
    same = (before.status, before.order_id if before.status != FREE else None, before.round)
    if call.handler == "reserve" and order_id is not None:
        return list(_reserve(before, call, order_id, same))
    if call.handler == "confirm" and order_id is not None and round_ is not None:
        return list(_confirm(before, call, order_id, round_, same))
    if call.handler == "release" and order_id is not None:
        held = before.is_held_by(order_id)
        return [Step(RELEASES, FREE, None, before.round) if held else Step(RELEASES, *same)]
    if call.handler == "expire":
        ends = before.status == HELD and call.own is not False
        return [Step(EXPIRES, *same), *([Step(EXPIRES, FREE, None, before.round)] if ends else [])]
    if call.handler == "reset" and round_ is not None:
        later = before.round is None or round_ > before.round
        return [Step(RESETS, FREE, None, round_) if later else Step(RESETS, *same)]
    return [Step(SHOWS, *same)] if call.handler == "get" else None


def _reserve(before: Seat, call: Call, order_id: str, same: tuple[str, str | None, int | None]) -> Iterator[Step]:
    held = Step(HOLDS, HELD, order_id, before.round)
    if before.status == FREE:
        yield held
    elif before.status == SOLD:
        yield Step(IS_SOLD, *same, "seat_sold")
    elif before.order_id == order_id:
        yield held._replace(clause=HOLDS_AGAIN)
    else:
        yield Step(IS_HELD, *same, "seat_reserved")
        if call.over:
            yield held


def _confirm(
    before: Seat, call: Call, order_id: str, round_: int, same: tuple[str, str | None, int | None]
) -> Iterator[Step]:
    mine = before.status != FREE and before.order_id == order_id and before.round == round_
    if mine:
        yield Step(SELLS, SOLD, order_id, round_)
    if not mine or (before.status == HELD and call.over):
        yield Step(NOT_HELD, *same, "not_held")


def broken(before: Seat, call: Call, after: Seat, answer: Answer) -> Breach | None:
    """The clause that a call broke which found one state, left another and gave that answer; None if all is lawful."""
    lawful = steps(before, call)
    if lawful is None:
        return None
    unchanged = Step(MALFORMED, before.status, before.order_id if before.status != FREE else None, before.round)
    if answer.kind == "none":
        lawful = [*lawful, unchanged]
    elif answer.kind == "refused" and answer.code in (None, "invalid"):
        texts = PLAIN_INPUT.get(call.handler)
        if texts is None or not call.is_plain(*texts):
            lawful = [unchanged._replace(code=answer.code)]
    fitting = [step for step in lawful if _fits(step, after, answer)]
    if not fitting:
        return Breach(lawful[0].clause, " or ".join(map(str, lawful)))
    if before.version is not None and after.version is not None:
        changed = before.content != after.content
        if after.version < before.version or (changed and after.version == before.version):
            return Breach(GROWS, f"a version above {before.version}")
    return _told(fitting[0], before, call, after, answer) if answer.kind == "ok" else None


def _fits(step: Step, after: Seat, answer: Answer) -> bool:
    if step[1:3] != after.content[:2] or (None not in (step.round, after.round) and step.round != after.round):
        return False
    return answer.kind == "none" or (answer.kind, answer.code) == ("refused" if step.code else "ok", step.code)


def _told(step: Step, before: Seat, call: Call, after: Seat, answer: Answer) -> Breach | None:
    """Whether an answer says what is so: the hold that was taken, the status that was left, the seat that was seen."""
    said: dict[str, JsonValue]  # None: whatever it is
    if call.handler == "reserve":
        again = before.is_held_by(after.order_id) and not call.over
        until_ms = before.expires_at_ms if again else after.expires_at_ms
        said = {"status": HELD, "expires_at_ms": until_ms, "round": after.round}
        if not again and after.user_id != call.text("user_id"):
            return Breach(HOLDS, f"a hold of {call.text('user_id')}")
    elif call.handler == "confirm":
        said = {"status": SOLD}
    elif call.handler == "release":
        said = {"status": None if call.over else after.status}
    elif call.handler == "get":
        said = {"status": after.status, "round": after.round, "version": after.version}
        said["expires_at_ms"] = after.expires_at_ms if after.status == HELD else None
        said = {"status": FREE} if after.version is None else said
        if call.over and answer.field("status") == FREE:
            return None
    else:
        return None
    wrong = [name for name, value in said.items() if value is not None and answer.field(name) != value]
    return Breach(step.clause, f"{wrong[0]} {said[wrong[0]]}") if wrong else None
