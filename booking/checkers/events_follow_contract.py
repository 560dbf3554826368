"""events_follow_contract: events answer by what they were opened with, and every round was ended by somebody.

A case is an answer of an event, or a round that ended. How an app keeps an event is its own affair: this is judged by
calls and answers, and by the rounds that tickets wrote.

INVALID: an answer that no round of the event gives; a round that a client sees after a later one; a round that ended
and nobody asked for it; a reset that came from inside, of an event that does not start over by itself or while a seat
had not been sold in that round; a Ticket that was reset to a round that no reset leads to, or that is left in an
earlier round when all is at rest.
UNKNOWN: history, invocations, journal or state incomplete.
Silent: events that nobody opened, or of which not everything is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

from pydantic import JsonValue

from booking.acts import Act, refusal
from booking.model.calls import Answer, Call
from booking.model.clause import Clause
from booking.model.event import ENDS_ROUND, FIRST_ROUND, SHOWS, Terms, broken, same, terms_of
from booking.model.seat import RESETS, SOLD
from booking.objects import Objects, began, ended, floors, is_opening, objects_of
from chaos.checkers.findings import conclude, invalid
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")
STARTS_OVER = Clause("SeatMap — object", "SOLD and `auto_reset`: sends `Event.reset {round}`")


def expected(record: Record) -> bool:
    """Whether an event was opened or called."""
    return bool(objects_of(record).keys("Event"))


def check(record: Record) -> CheckResult:
    """Goes through every event: its answers, then its rounds."""
    objects = objects_of(record)
    events = [Event(objects, key) for key in objects.keys("Event")]
    findings: list[Finding] = []
    if objects.books.has("invocations", "journal"):
        findings = [finding for event in events if event.terms for finding in _judge(event)]
    cases = sum(len(event.acts) + len(event.looks) + event.round - 1 for event in events)
    return conclude(
        objects.books,
        "events_follow_contract",
        needs=NEEDS,
        cases=cases,
        summary=f"{cases} answers and rounds of {len(events)} events explained",
        findings=findings,
    )


class Event:
    """One event: what it was opened with, its calls, and how many rounds it came to."""

    def __init__(self, objects: Objects, key: str) -> None:
        self.objects, self.key = objects, key
        self.acts = objects.acts("Event", key)
        mine = objects.calls("Event", key)
        self.looks = [each for each in mine if each.handler == "get" and each.conclusion != "info"]
        self.resets = [act for act in self.acts if act.invocation.handler == "reset"]
        opening = objects.books.record.decisions.get("load", {}).get("opening", [])
        opened = ("Event", key, "open")
        self.opening = [call["input"] for call in opening if (call["service"], call["key"], call["handler"]) == opened]
        self.asked = [each for each in mine if each.handler == "reset" and each.conclusion != "fail"]

    @cached_property
    def terms(self) -> Terms | None:
        """What it was opened with: by the run itself, or else the input that was accepted."""
        inputs = [*self.opening]
        inputs += [act.input for act in self.acts if act.invocation.handler == "open" and act.answer.kind == "ok"]
        opened = [terms for terms in map(terms_of, inputs) if terms]
        exact = [terms for terms in opened if terms.hold_ms is not None] or opened
        return next((each for each in exact if same(each, opened[0])), None)

    @cached_property
    def round(self) -> int:
        """The latest round that anything tells of: its tickets, its answers."""
        seats = self.objects.seats_of.get(self.key, [])
        rounds: list[object] = [state.round for seat in seats for state in seat.states]
        rounds += [act.answer.field("round") for act in self.acts]
        rounds += [look.output.get("round") for look in self.looks if isinstance(look.output, dict)]
        return max((each for each in rounds if isinstance(each, int)), default=1)

    def stood(self, source: Act | Operation) -> list[Terms | None]:
        """How it may have stood when it was asked: in any of its rounds, or not opened yet."""
        assert self.terms
        if isinstance(source, Act) and is_opening(self.objects, source.invocation):
            return [self.terms]
        rounds: list[Terms | None] = [replace(self.terms, round=round_) for round_ in range(1, self.round + 1)]
        return rounds + ([] if self.opening else [None])  # opened by a client, before or after

    def ended_rounds(self) -> set[int]:
        """Those that a reset is said to have ended, or may have, since nobody knows what it answered."""
        ended: set[int] = set()
        told = [(act.input, act.answer) for act in self.resets]
        told += [(each.input, Answer("ok" if each.conclusion == "ok" else "none", each.output)) for each in self.asked]
        for asked, answer in told:
            round_ = Call("reset", asked).number("round")
            if round_ is not None and (answer.kind == "none" or answer.field("round") == round_ + 1):
                ended.add(round_)
        return ended

    def rounds_asked_for(self) -> set[int]:
        """Those that somebody asked to end."""
        inputs: list[JsonValue] = [act.input for act in self.resets]
        inputs += [call.input for call in self.asked]
        rounds = [Call("reset", each).number("round") for each in inputs]
        return {each for each in rounds if each is not None}

    def unsold(self, round_: int) -> list[str]:
        """Its seats that were not sold in a round."""
        sold = {
            seat.seat_id
            for seat in self.objects.seats_of.get(self.key, [])
            if any((state.status, state.round) == (SOLD, round_) for state in seat.states)
        }
        return sorted((self.terms.seats if self.terms else frozenset()) - sold)


def _judge(event: Event) -> Iterator[Finding]:
    for act in event.acts:
        yield from _explained(event, Call(act.invocation.handler, act.input), act.answer, act)
    for look in event.looks:
        answer = Answer("ok", look.output) if look.conclusion == "ok" else refusal(look.message or "")
        if answer.code or answer.kind == "ok":
            yield from _explained(event, Call(look.handler, look.input), answer, look)
    yield from _backwards(event)
    if event.objects.is_whole("Event", event.key):
        yield from _ended_by_nobody(event)
        yield from _led_nowhere(event)
        yield from _left_behind(event)
    yield from _from_inside(event)


def _explained(event: Event, call: Call, answer: Answer, source: Act | Operation) -> Iterator[Finding]:
    """Whether some round of the event gives that answer."""
    breaches = [broken(terms, call, answer, event.key) for terms in event.stood(source)]
    first = breaches[0]
    if first and all(breaches):
        message = f"{event.key}: {call.handler} answered {answer}, {answer.value}; lawful is only {first.words}"
        yield _wrong(event, first.clause, message, source)


def _backwards(event: Event) -> Iterator[Finding]:
    """Rounds as clients saw them, each after those that it had been told of before."""
    seen = [
        (look, Answer("ok", look.output).field("round"))
        for look in (*event.looks, *event.asked)
        if look.conclusion == "ok"
    ]
    looks = [(look, round_) for look, round_ in seen if isinstance(round_, int)]
    lowest = floors([(began(look), ended(look), round_) for look, round_ in looks])
    for (look, round_), floor in zip(looks, lowest, strict=True):
        if round_ < floor:
            message = f"{event.key}: operation {look.number} saw round {round_}, and round {floor} had been seen before"
            yield _wrong(event, SHOWS, message, look)


def _ended_by_nobody(event: Event) -> Iterator[Finding]:
    asked, ended = event.rounds_asked_for(), event.ended_rounds()
    for round_ in range(1, event.round):
        if round_ not in asked:
            yield _wrong(event, FIRST_ROUND, f"{event.key}: round {round_} ended, and nobody asked for it", None)
        elif round_ not in ended:
            message = f"{event.key}: round {round_} ended, and no reset of it was answered {round_ + 1}"
            yield _wrong(event, ENDS_ROUND, message, None)


def _from_inside(event: Event) -> Iterator[Finding]:
    """Resets that no client and no person sent: the map does, of an event that starts over, when every seat is sold."""
    assert event.terms
    for act in event.resets:
        round_ = Call("reset", act.input).number("round")
        if act.invocation.invoked_by != "service" or round_ is None:
            continue
        by = next((f"{each.service}/{each.key}/{each.handler}" for each in event.objects.callers(act.invocation)), "?")
        if not event.terms.auto_reset:
            message = (
                f"{event.key}: a reset of round {round_} came from {by}, and the event does not start over by itself"
            )
            yield _wrong(event, STARTS_OVER, message, act)
        elif all(event.objects.is_whole("Ticket", f"{event.key}:{seat}") for seat in event.terms.seats):
            unsold = event.unsold(round_)
            if unsold:
                message = f"{event.key}: a reset of round {round_} came from {by}, and {unsold[0]} was not sold in it"
                yield _wrong(event, STARTS_OVER, message, act, seat=f"{event.key}:{unsold[0]}")


def _led_nowhere(event: Event) -> Iterator[Finding]:
    """Tickets that were reset to a round that no reset of the event leads to."""
    asked = event.rounds_asked_for()
    for key in event.objects.tickets_of.get(event.key, []):
        for act in event.objects.acts("Ticket", key):
            round_ = Call("reset", act.input).number("round") if act.invocation.handler == "reset" else None
            if round_ is not None and round_ - 1 not in asked:
                message = f"reset to round {round_}, and nobody asked {event.key} to end round {round_ - 1}"
                yield _wrong(event, RESETS, message, act, seat=key)


def _left_behind(event: Event) -> Iterator[Finding]:
    """Seats that are still in an earlier round than the event's, when all is at rest."""
    books = event.objects.books
    if not books.has(*NEEDS) or not books.at_rest or books.moving_at(event.key):
        return
    answered = [act.answer.field("round") for act in event.acts if act.answer.kind == "ok"]
    now = max((each for each in answered if isinstance(each, int)), default=1)
    for seat in event.objects.seats_of.get(event.key, []):
        if seat.final and seat.final.round < now and event.terms and seat.seat_id in event.terms.seats:
            message = f"in round {seat.final.round} at the end, and {event.key} is in round {now}"
            yield _wrong(event, RESETS, message, None, seat=seat.key)


def _wrong(
    event: Event, clause: Clause, message: str, source: Act | Operation | None, seat: str | None = None
) -> Finding:
    where = {"at_ms": source.ended_at_ms} if isinstance(source, Operation) else source.where if source else {}
    details = {"clause": str(clause), "asked to end": sorted(event.rounds_asked_for()), "came to round": event.round}
    return invalid(message, subject=seat, **where, details=details)
