"""Checkout: which step may follow which, what each step may ask for, and what an order may be said to have come to.

A step is a command of `Checkout.run`'s journal that the contract names: the calls to Ticket `reserve`, `confirm` and
`release`, the runs `charge`, `void` and `refund`, and the notification. All else that a workflow does is its own.
What a run answers is its own too: the ledger tells what came of it. A workflow may take a step as often as it likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from booking.model.clause import Clause
from booking.model.misstep import Misstep

SAGA = "The saga, in order"
IN_ORDER = Clause(SAGA, "reserve → charge → confirm → notification (one-way)")
NEWEST_FIRST = Clause(SAGA, "Void comes before release")
NEVER_UNDONE = Clause(SAGA, "a void is allowed only for an order that was never CONFIRMED")
THIS_SEAT = Clause("Checkout — workflow", "{order_id, event_id, seat_id")
HOLDER = Clause("Ticket — object", "{user_id, order_id, hold_ms?}")
ROUND = Clause("Ticket — object", "this order does not hold it in this round")
HOLD = Clause(SAGA, "The seat is held for the event's `hold_ms`")
NOTIFICATION = Clause("Notifications — object", "A confirmed order sends one: notification_id = order_id")
VIEW = Clause("Checkout — workflow", "{stage: RESERVING")

SELLS = "SOLD"
AT_AN_END = {"CONFIRMED": "confirmed", "FAILED": "failed", "COMPENSATING": "failed"}


@dataclass(frozen=True)
class Step:
    """One step. `answer` and `code` are what it was answered: a value, or the contract's code of a failure."""

    name: str
    began: int  # index of the command
    ended: int | None = None  # index of its answer; none came, or the command waits for none
    failed: bool = False
    code: str | None = None
    target: str | None = None  # calls: "Ticket/e1:A1/reserve"
    request: JsonValue = None
    answer: JsonValue = None

    @property
    def key(self) -> str:
        """The key of the object that was called."""
        return (self.target or "").split("/", 1)[-1].rpartition("/")[0]

    def asked(self, name: str) -> JsonValue:
        """A field of what was asked for; None where it is not known."""
        return self.request.get(name) if isinstance(self.request, dict) else None

    def told(self, name: str) -> JsonValue:
        """A field of the answer; None where it is not known."""
        return self.answer.get(name) if isinstance(self.answer, dict) else None


@dataclass(frozen=True)
class Ordered:
    """What was ordered. None: not known, and then nothing is compared with it."""

    order_id: str
    user_id: JsonValue = None
    seat: str | None = None  # "event_id:seat_id"
    hold_ms: JsonValue = None  # for how long the event's seats are held
    is_free: bool = False  # its event costs nothing, so that nothing is to be charged


def out_of_order(steps: Sequence[Step], *, ended: bool, is_free: bool = False) -> Iterator[Misstep]:
    """Steps that may not follow what went before. `ended`: the journal is whole, so what is not there never came.

    `is_free`: nothing is to be charged.
    """
    undone = [step for step in steps if step.name in ("void", "refund")]
    sold = next((step for step in steps if _sells(step)), None)
    paid = "reserve" if is_free else "charge"
    began = any(step.name == paid for step in steps)
    for step in steps:
        if step.name == "charge" and not _done(steps, "reserve", step, ended, held=True):
            yield Misstep(IN_ORDER, "charges before the seat is held", step.began)
        elif step.name == "confirm" and not _done(steps, paid, step, ended):
            yield Misstep(IN_ORDER, "confirms the seat before it is paid", step.began)
        elif step.name == "notify" and began and not _done(steps, "confirm", step, ended, held=True):
            yield Misstep(IN_ORDER, "notifies before the seat is confirmed", step.began)
        elif step in undone and sold and sold.ended is not None and sold.ended < step.began:
            yield Misstep(NEVER_UNDONE, f"asks for a {step.name} though the seat was sold to the order", step.began)
        elif step.name == "release" and undone and undone[0].began > step.began:
            yield Misstep(NEWEST_FIRST, "releases the seat before the payment is settled", step.began)


def _done(steps: Sequence[Step], name: str, before: Step, ended: bool, *, held: bool = False) -> bool:
    """Whether a step of that name was answered before another began; `held`: and not refused."""
    return any(
        (step.ended < before.began if step.ended is not None else not ended and step.began < before.began)
        and not (held and step.failed)
        for step in steps
        if step.name == name
    )


def _sells(step: Step) -> bool:
    return step.name == "confirm" and step.told("status") == SELLS


def misdirected(ordered: Ordered, steps: Sequence[Step]) -> Iterator[Misstep]:
    """Steps that are taken for something else than was ordered."""
    rounds = [step.told("round") for step in steps if step.name == "reserve" and step.told("round") is not None]
    for step in steps:
        if step.name in ("reserve", "confirm", "release"):
            yield from _differs(step, THIS_SEAT, "at the seat", step.key, ordered.seat)
            yield from _differs(step, HOLDER, "for the order", step.asked("order_id"), ordered.order_id)
        if step.name == "reserve":
            yield from _differs(step, HOLDER, "for the user", step.asked("user_id"), ordered.user_id)
            yield from _differs(step, HOLD, "with a hold_ms of", step.asked("hold_ms"), ordered.hold_ms)
        if step.name == "confirm" and rounds and step.asked("round") not in (None, *rounds):
            yield Misstep(ROUND, f"confirms round {step.asked('round')}, reserved in {rounds[-1]}", step.began)
        if step.name == "notify":
            yield from _note_differs(ordered, step)


def _note_differs(ordered: Ordered, step: Step) -> Iterator[Misstep]:
    yield from _differs(step, NOTIFICATION, "in the inbox of", step.key, ordered.user_id)
    for what in note_differs(step.request, ordered.order_id, ordered.user_id):
        yield Misstep(NOTIFICATION, what, step.began)


def note_differs(note: JsonValue, order_id: str, user_id: JsonValue) -> Iterator[str]:
    """In what a notification is not the one that a confirmed order sends to its user."""
    wanted = {"notification_id": order_id, "kind": "booking_confirmed", "order_id": order_id, "to": user_id}
    if not isinstance(note, dict):
        return
    for name, value in wanted.items():
        if value is not None and note.get(name) != value:
            yield f"notifies with {name} {note.get(name)!r}, not {value!r}"


def _differs(step: Step, clause: Clause, how: str, asked: JsonValue, wanted: JsonValue) -> Iterator[Misstep]:
    if asked not in (None, "") and wanted is not None and asked != wanted:
        yield Misstep(clause, f"takes the step {step.name} {how} {asked!r}, not {wanted!r}", step.began)


def misanswered(ordered: Ordered, steps: Sequence[Step], booking: JsonValue) -> Iterator[Misstep]:
    """A booking that is answered and was not made: another seat than ordered, another round than sold."""
    if not isinstance(booking, dict):
        return
    seat = f"{booking.get('event_id')}:{booking.get('seat_id')}"
    if ordered.seat is not None and seat != ordered.seat:
        yield Misstep(THIS_SEAT, f"answers the seat {seat!r}, ordered was {ordered.seat!r}")
    confirmed = [step.asked("round") for step in steps if _sells(step) and step.asked("round") is not None]
    if confirmed and booking.get("round") not in confirmed:
        yield Misstep(ROUND, f"answers round {booking.get('round')!r}, confirmed was {confirmed[-1]!r}")


def misviewed(view: JsonValue, end: str, code: str | None, charge_id: JsonValue, *, over: bool) -> Iterator[Misstep]:
    """What a `status` may not say of an order that ended "confirmed" or "failed", with that code.

    `charge_id` is the one it was answered. `over`: it was asked when the order had ended; before, it may say less.
    """
    if not isinstance(view, dict):
        return
    stage, error = view.get("stage"), view.get("error")
    said = error.get("code") if isinstance(error, dict) else None
    if over and stage not in ("CONFIRMED", "FAILED"):
        yield Misstep(VIEW, f"says {stage} of an order that has {end}")
    elif AT_AN_END.get(str(stage), end) != end:
        yield Misstep(VIEW, f"says {stage} of an order that {'was ' * (end == 'confirmed')}{end}")
    elif end == "confirmed" and said is not None:
        yield Misstep(VIEW, f"says {said} of an order that was confirmed")
    elif over and end == "failed" and code is not None and said != code:
        yield Misstep(VIEW, f"says {said} of an order that failed with {code}")
    elif over and end == "confirmed" and charge_id is not None and view.get("charge_id") != charge_id:
        yield Misstep(VIEW, f"says charge {view.get('charge_id')!r}, answered was {charge_id!r}")
