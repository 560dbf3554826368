"""seats_follow_contract: every state of a Ticket has the call that led to it, and the call was allowed to.

A case is a call of a Ticket whose journal shows the state that it found. Order is the version's, never a clock's.

INVALID: a call that left or answered what the contract does not allow of the state that it found; a call that found a
state which nobody left, or an older one than the last; a state at the end that is not the last one written; a hold that
sent itself no timer; a timer that ended another hold than its own; a change that the map was not told of; a seat that
a checkout took and that was not ordered, or under another order's id.
UNKNOWN: a source that is incomplete.
Silent: Tickets of which not everything is known, as to their order; calls that somebody killed, or that go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from booking.acts import Act
from booking.model.calls import Call
from booking.model.clause import Clause
from booking.model.seat import FREE, GROWS, HELD, TICKET, Seat, broken, seat_of
from booking.objects import NEEDS, Objects, objects_of
from booking.seats import STATE_KEY
from booking.settings import settings_of
from chaos.checkers.findings import conclude, invalid
from chaos.evidence.record import Record
from chaos.verdict import CheckResult, Finding

ONE_AT_A_TIME = Clause("The contract of the system under test", "X exclusive")
HAS_TIMER = Clause(TICKET, "sent to itself, delayed by the hold")
TELLS_MAP = Clause("SeatMap — object", "sent one-way by Ticket on every change")
AS_ORDERED = Clause("The saga, in order", "reserve → charge → confirm")


def expected(record: Record) -> bool:
    """Whether a Ticket was called."""
    return bool(objects_of(record).keys("Ticket"))


def check(record: Record) -> CheckResult:
    """Goes through every Ticket, call by call, and then from state to state."""
    objects = objects_of(record)
    seats = [Ticket(objects, key) for key in objects.keys("Ticket")]
    judged = sum(len(seat.judged) for seat in seats)
    findings: list[Finding] = []
    if objects.books.has("invocations", "journal"):
        findings = [finding for seat in seats for finding in _judge(seat)]
    return conclude(
        objects.books,
        "seats_follow_contract",
        needs=NEEDS,
        cases=judged,
        summary=f"{judged} calls of {len(seats)} Tickets explained",
        findings=findings,
    )


class Ticket:
    """One Ticket: its calls, those that wrote in the order of versions, and the hold that each version belongs to."""

    def __init__(self, objects: Objects, key: str) -> None:
        self.objects, self.key = objects, key
        self.acts = objects.acts("Ticket", key)
        written = [act for act in self.acts if act.left_at is not None]
        self.legible = all(act.left for act in written)
        self.writers = sorted((act for act in written if act.left), key=_version) if self.legible else []
        pairs = [(state, act) for act in self.writers for state in act.written if state.version is not None]
        self.states = sorted(pairs, key=lambda pair: pair[0].version or 0)  # every one that somebody may have seen
        self.holds = _holds([state for state, _ in self.states])
        self._before = {after.invocation.id: before.left for before, after in pairwise(self.writers)}
        self.judged = [act for act in self.acts if self.before(act) and act.after]

    def before(self, act: Act) -> Seat | None:
        """What a call found; one that wrote without a look, what the last one left."""
        if act.found is None and act.left_at is not None and self.objects.is_whole("Ticket", self.key):
            return self._before.get(act.invocation.id) or Seat()
        return act.found

    def call(self, act: Act, before: Seat, after: Seat) -> Call:
        """What was asked, with all that decides whether the time of a hold was up."""
        handler, hold_ms = act.invocation.handler, settings_of(self.objects.books.record).hold_ms
        call = Call(handler, act.input)
        over = self.objects.may_be_over(before)
        if handler == "reserve" and not before.is_held_by(call.text("order_id")):
            asked_ms = call.number("hold_ms") or hold_ms
            now_ms = after.expires_at_ms - asked_ms if after.expires_at_ms is not None else 0  # by the app's own clock
            over = before.expires_at_ms is not None and now_ms >= before.expires_at_ms
        return Call(handler, act.input, self._is_own(act, before) if handler == "expire" else None, over)

    def _is_own(self, timer: Act, before: Seat) -> bool | None:
        sender = self.objects.sender(timer.invocation)
        begun = self.objects.books.acts.get(sender.id) if sender else None
        if begun is None or begun.after is None or before.version not in self.holds:
            return None
        return self.holds.get(begun.after.version) == self.holds[before.version]


def _version(act: Act) -> int:
    return (act.left.version if act.left else None) or 0


def _holds(states: list[Seat]) -> dict[int | None, int]:
    """Version → which hold it belongs to; versions of one hold have one number."""
    numbers: dict[int | None, int] = {}
    last: Seat | None = None
    for number, state in enumerate(states):
        if state.status == HELD:
            same = last is not None and last.content == state.content
            numbers[state.version] = numbers[last.version] if same and last else number
        last = state
    return numbers


def _judge(seat: Ticket) -> Iterator[Finding]:
    for act in seat.judged:
        yield from _step(seat, act)
    for act in seat.writers:
        yield from _has_timer(seat, act)
        yield from _tells_map(seat, act)
    for act in seat.acts:
        yield from _as_ordered(seat, act)
    if seat.legible and seat.objects.is_whole("Ticket", seat.key):
        yield from _in_a_row(seat)
        yield from _at_the_end(seat)


def _step(seat: Ticket, act: Act) -> Iterator[Finding]:
    before, after = seat.before(act), act.after
    if before is None or after is None:
        return
    breach = broken(before, seat.call(act, before, after), after, act.answer)
    if breach:
        yield _wrong(
            seat,
            act,
            breach.clause,
            f"{_words(act)} found {before}, left {after} and answered {act.answer}; lawful is only: {breach.words}",
        )


def _in_a_row(seat: Ticket) -> Iterator[Finding]:
    """Each that wrote began from what the one before had left; each that looked, from something that was left."""
    last = {Seat()}
    for act in seat.writers:
        if act.found and act.found not in last:
            yield _wrong(
                seat,
                act,
                GROWS if act.found.version == _version(act) else ONE_AT_A_TIME,
                f"{_words(act)} began from {act.found}, and the last to write had left {next(iter(last))}",
            )
        if act.left:
            same = any(each.version == act.left.version for each in last)
            last = {*last, act.left} if same else {act.left}
    left = {state for act in seat.writers for state in act.written} | {Seat()}
    for act in seat.acts:
        if act.found_other:
            yield _wrong(seat, act, ONE_AT_A_TIME, f"{_words(act)} found what no Ticket leaves")
        if act.left_at is None and act.found and act.found not in left:
            yield _wrong(seat, act, ONE_AT_A_TIME, f"{_words(act)} found {act.found}, which nobody left there")


def _at_the_end(seat: Ticket) -> Iterator[Finding]:
    books = seat.objects.books
    if not books.has(*NEEDS) or not books.at_rest or books.moving_at(seat.key.rpartition(":")[0]):
        return
    final = seat_of(seat.objects.states.get(("Ticket", seat.key, STATE_KEY)))
    last = seat.writers[-1].left if seat.writers else Seat()
    if final is not None and final != last:
        yield invalid(
            f"the state at the end is {final}, and the last one written is {last}",
            subject=seat.key,
            case=final.order_id,
            **(seat.writers[-1].where if seat.writers else {}),
            details={"clause": str(ONE_AT_A_TIME), **_says(seat)},
        )


def _has_timer(seat: Ticket, act: Act) -> Iterator[Finding]:
    before = seat.before(act)
    takes = act.left and before and act.left.status == HELD and act.left.content != before.content
    if not takes or act.answer.kind == "none":
        return
    mine = f"Ticket/{seat.key}/expire"
    if not any(send.target == mine for send in act.sends) and act.invocation.id not in _timed(seat):
        yield _wrong(seat, act, HAS_TIMER, f"{_words(act)} began a hold and sent it no timer")


def _timed(seat: Ticket) -> set[str]:
    """All that a timer of this Ticket was sent by, through whatever services."""
    timers = [each for each in seat.objects.invocations("Ticket", seat.key) if each.handler == "expire"]
    return {caller.id for timer in timers for caller in seat.objects.callers(timer)}


def _tells_map(seat: Ticket, act: Act) -> Iterator[Finding]:
    before, after = seat.before(act), act.left
    if before is None or after is None or before.content == after.content or act.answer.kind == "none":
        return
    event_id, _, seat_id = seat.key.rpartition(":")
    told = seat.objects.told_maps.get(event_id, {}).get((seat_id, after.round, after.version))
    if told is None:
        yield _wrong(seat, act, TELLS_MAP, f"{_words(act)} left {after}, and the map was sent nothing of it")


def _as_ordered(seat: Ticket, act: Act) -> Iterator[Finding]:
    """What a checkout takes is the seat that it was asked for, under its own id."""
    if act.invocation.handler not in ("reserve", "confirm", "release"):
        return
    books = seat.objects.books
    caller = next((each for each in seat.objects.callers(act.invocation) if each.service == "Checkout"), None)
    order = books.orders.get(caller.key or "") if caller and caller.handler == "run" else None
    if caller is None or order is None or order.invocation is None or order.invocation.id != caller.id:
        return
    asked = next((entry.value for entry in order.entries if entry.type == "Input"), None)
    wanted = (
        f"{asked.get('event_id')}:{asked.get('seat_id')}" if isinstance(asked, dict) and asked.get("seat_id") else None
    )
    if wanted is not None and wanted != seat.key:
        yield _wrong(seat, act, AS_ORDERED, f"{_words(act)} was called by a checkout of {wanted}")
    named = Call(act.invocation.handler, act.input).text("order_id")
    if named is not None and named != order.order_id:
        yield _wrong(seat, act, AS_ORDERED, f"{_words(act)} was called by the checkout of {order.order_id}")


def _words(act: Act) -> str:
    order_id = Call(act.invocation.handler, act.input).text("order_id")
    return f"{act.invocation.handler} {act.invocation.id}" + (f" of {order_id}" if order_id else "")


def _wrong(seat: Ticket, act: Act, clause: Clause, message: str) -> Finding:
    order_id = Call(act.invocation.handler, act.input).text("order_id")
    about = {"clause": str(clause), **_says(seat)}
    return invalid(message, subject=seat.key, case=order_id, **act.where, details=about)


def _says(seat: Ticket) -> dict[str, str]:
    """What each source says of the seat in the end: those that agree, and those that do not."""
    books = seat.objects.books
    event_id, _, seat_id = seat.key.rpartition(":")
    view = books.record.meta.views.get(f"SeatMap/{event_id}/get")
    shown = view.get("seats") if isinstance(view, dict) else None
    final = books.seats[seat.key].final if seat.key in books.seats else None
    last = seat.writers[-1].left if seat.writers else None
    return {
        "journal": str(last or FREE),
        "state": f"{final.status}, round {final.round}, version {final.version}" if final else FREE,
        "map": str(shown.get(seat_id)) if isinstance(shown, dict) else "not read",
    }
