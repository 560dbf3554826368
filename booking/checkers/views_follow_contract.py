"""views_follow_contract: whatever clients saw of seats was so, and nobody saw an older state after a newer one.

A case is a change that a map was told of, or a look at a seat or a map. Order is the version's, and the history's: what
was answered before another call was sent came before it.

INVALID: a map that was told what no Ticket wrote, or that refused it; a map that shows of a seat what it never was, or
was before what had been seen; a look at a seat with a version that nobody wrote, or with another status or round than
that version has; a version below one that somebody knew of before the look; a state that was written for a call that
was not sent yet.
UNKNOWN: history, invocations or journal incomplete.
Silent: seats of which not everything is known; looks without an answer; a map that does not know its event yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from math import inf

from pydantic import JsonValue

from booking.acts import Act
from booking.checkers.seats_follow_contract import Ticket
from booking.model.clause import Clause
from booking.model.seat import GROWS, Seat
from booking.model.seat import SHOWS as SEAT_SHOWS
from booking.model.seat_map import NEVER_OLDER, SHOWS, TOLD, is_written, place_of
from booking.objects import Objects, began, ended, floors, objects_of
from chaos.checkers.findings import conclude, invalid
from chaos.evidence.history import Operation
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
SET_FIELDS = {"seat_id", "status", "round", "version"}


def expected(record: Record) -> bool:
    """Whether a map was told or looked at, or a client called a Ticket."""
    objects = objects_of(record)
    return bool(objects.books.sets or objects.keys("SeatMap") or _calls(objects))


def check(record: Record) -> CheckResult:
    """Goes through all that maps were told, then through all that clients saw."""
    objects = objects_of(record)
    seats = {
        key: _Seat(objects, Ticket(objects, key)) for key in objects.keys("Ticket") if objects.is_whole("Ticket", key)
    }
    maps = _looks_at_maps(objects)
    findings: list[Finding] = []
    if objects.books.has(*NEEDS):
        findings = [*_told(objects, seats), *_refused(objects), *_shown(objects, seats, maps), *_seen(objects, seats)]
    return conclude(
        objects.books,
        "views_follow_contract",
        needs=NEEDS,
        cases=len(objects.books.sets) + len(maps) + len(_calls(objects)),
        summary=f"{len(objects.books.sets)} changes told to maps, {len(maps)} looks at maps, "
        f"{len(_calls(objects))} calls of Tickets by clients",
        findings=findings,
    )


class _Seat:
    """The states of a Ticket of which all is known, from the one that nobody wrote.

    `since`: the moment in the history before which nobody can have seen each of them. Without a Ticket: a seat that
    nobody ever called.
    """

    def __init__(self, objects: Objects, ticket: Ticket | None = None) -> None:
        written = ticket.states if ticket else []
        self.legible = ticket is None or ticket.legible
        self.states = [Seat(), *(state for state, _ in written)]
        self.since = [0, *(objects.not_before(act.invocation) for _, act in written)]


def _calls(objects: Objects) -> list[Operation]:
    return [each for each in objects.books.load if each.service == "Ticket"]


# --- what maps were told -------------------------------------------------------------------------------------------


def _told(objects: Objects, seats: dict[str, _Seat]) -> Iterator[Finding]:
    sent = [(entry.target or "", entry.value, entry.invocation_id, entry.index) for entry in objects.books.sets]
    for key in objects.keys("SeatMap"):
        acts = [act for act in objects.acts("SeatMap", key) if act.invocation.handler == "set"]
        sent += [(f"SeatMap/{key}/set", act.input, act.invocation.id, 0) for act in acts]
    for target, told, invocation_id, index in sent:
        event_id = target.split("/", 1)[1].rpartition("/")[0]
        place = f"{event_id}:{told.get('seat_id')}" if isinstance(told, dict) else ""
        seat = seats.get(place)
        unheard = seat is None and place not in objects.tickets_of.get(event_id, ()) and not objects.forgot
        if (seat and seat.legible and not is_written(told, seat.states)) or unheard:
            message = f"the map of {event_id} was told {told}, which no Ticket wrote"
            about = {"clause": str(TOLD), "written": [str(state) for state in seat.states[-3:]] if seat else []}
            yield invalid(
                message, subject=place or None, invocation_id=invocation_id, journal_index=index, details=about
            )


def _refused(objects: Objects) -> Iterator[Finding]:
    for key in objects.keys("SeatMap"):
        for act in objects.acts("SeatMap", key):
            sound = isinstance(act.input, dict) and act.input.keys() == SET_FIELDS
            if act.invocation.handler == "set" and act.answer.kind == "refused" and sound:
                message = f"the map of {key} refused {act.input} with {act.answer}"
                yield invalid(message, **act.where, details={"clause": str(TOLD)})


# --- what maps showed ----------------------------------------------------------------------------------------------


Look = tuple[str, JsonValue, Operation | Act]


def _looks_at_maps(objects: Objects) -> list[Look]:
    """What clients were told, and of looks that are in no history what the journal says."""
    looks: list[Look] = [
        (each.key, each.output, each)
        for each in objects.books.load
        if (each.service, each.handler, each.conclusion) == ("SeatMap", "get", "ok")
    ]
    told = objects.operations.keys()
    for key in objects.keys("SeatMap"):
        looks += [
            (key, act.answer.value, act)
            for act in objects.acts("SeatMap", key)
            if act.invocation.handler == "get" and act.answer.kind == "ok" and act.invocation.id not in told
        ]
    return looks


def _shown(objects: Objects, seats: dict[str, _Seat], looks: list[Look]) -> Iterator[Finding]:
    by_map: dict[str, list[Look]] = {}
    for look in looks:
        by_map.setdefault(look[0], []).append(look)
    for event_id, mine in by_map.items():
        watch = _Watch(objects, event_id, seats)
        for _, shown, source in sorted(mine, key=lambda look: _span(look[2])):
            view = shown.get("seats") if isinstance(shown, dict) else None
            round_ = shown.get("round") if isinstance(shown, dict) else None
            if isinstance(view, dict) and isinstance(round_, int):
                yield from watch.look(view, round_, source)
            else:
                yield _wrong(SHOWS, f"the map of {event_id} answered {str(shown)[:200]}", source)


def _span(source: Operation | Act) -> tuple[int, float]:
    """When a look was had, in the history's order; one of which only the journal tells, at any time."""
    return (began(source), ended(source)) if isinstance(source, Operation) else (0, inf)


class _Watch:
    """Looks at one map in the order in which they were sent, and the place each seat had surely come to by then."""

    def __init__(self, objects: Objects, event_id: str, seats: dict[str, _Seat]) -> None:
        self._objects, self._event_id, self._seats = objects, event_id, seats
        self._lowest: dict[str, int] = {}
        self._answered: list[tuple[float, int, dict[str, int]]] = []  # looks that end later: when, and their places

    def look(self, view: dict[str, JsonValue], round_: int, source: Operation | Act) -> Iterator[Finding]:
        """One more look, and what is wrong with it."""
        start, until = _span(source)
        while self._answered and self._answered[0][0] < start:
            for key, place in heappop(self._answered)[2].items():
                self._lowest[key] = max(self._lowest.get(key, 0), place)
        places: dict[str, int] = {}
        for seat_id, status in view.items():
            key = f"{self._event_id}:{seat_id}"
            seat, lowest = self._seat(key), self._lowest.get(key, 0)
            if seat is None:
                continue
            shown = place_of(status, round_, seat.states, lowest, since=seat.since, until=until)
            if shown is not None:
                places[key] = shown
                continue
            ever = place_of(status, round_, seat.states, 0, since=seat.since, until=until) is not None
            before = f"and had shown {seat.states[lowest]} before" if ever else f"the Ticket {_written(seat)}"
            message = f"the map shows {status} in round {round_}, {before}"
            yield _wrong(NEVER_OLDER if ever else SHOWS, message, source, key)
        heappush(self._answered, (until, id(places), places))

    def _seat(self, key: str) -> _Seat | None:
        """A seat of which all is known."""
        if key not in self._seats and not self._objects.invocations("Ticket", key) and not self._objects.forgot:
            self._seats[key] = _Seat(self._objects)
        seat = self._seats.get(key)
        return seat if seat and seat.legible else None


def _written(seat: _Seat) -> str:
    states = "; ".join(map(str, seat.states[1:]))
    return f"wrote {states[:300]}" if states else "wrote nothing"


# --- what was seen of seats ----------------------------------------------------------------------------------------


def _seen(objects: Objects, seats: dict[str, _Seat]) -> Iterator[Finding]:
    mine: dict[str, list[tuple[Operation, int]]] = {}
    for call in _calls(objects):
        seat = seats.get(call.key)
        if seat is None or not seat.legible or call.conclusion == "info":
            continue
        if call.handler == "get" and call.conclusion == "ok":
            yield from _is_so(objects, seat, call)
        version = _version_seen(objects, call)
        if version is not None:
            mine.setdefault(call.key, []).append((call, version))
    for key, looks in mine.items():
        lowest = floors([(began(call), ended(call), version) for call, version in looks])
        for (call, version), floor in zip(looks, lowest, strict=True):
            if version < floor:
                message = f"operation {call.number} ({call.handler}) met version {version}, after {floor} had been seen"
                yield _wrong(GROWS, message, call, key)


def _version_seen(objects: Objects, call: Operation) -> int | None:
    """The version that a call met or left, as its answer or its journal says."""
    told = call.output.get("version") if call.handler == "get" and isinstance(call.output, dict) else None
    if isinstance(told, int):
        return told
    invocation = objects.known.asked.get(call.number)
    act = objects.books.acts.get(invocation.id) if invocation else None
    return act.after.version or 0 if act and act.after else None


def _is_so(objects: Objects, seat: _Seat, look: Operation) -> Iterator[Finding]:
    """Whether the version that was seen stands for what was seen, and could be seen by then."""
    told = look.output if isinstance(look.output, dict) else {}
    version, seen = told.get("version"), (told.get("status"), told.get("round"))
    places = [place for place, state in enumerate(seat.states) if state.version == version and version is not None]
    if not places:
        first = seat.states[1].version if len(seat.states) > 1 else None
        unwritten = isinstance(version, int) and (first is None or version < (first or 0))
        if not unwritten or told.get("status") != "AVAILABLE":
            yield _wrong(SEAT_SHOWS, f"operation {look.number} was shown {told}, which nobody wrote", look, look.key)
        return
    state = seat.states[places[0]]
    if seen != (state.status, state.round) and not (objects.may_be_over(state) and seen == ("AVAILABLE", state.round)):
        yield _wrong(SEAT_SHOWS, f"operation {look.number} was shown {told}; that version is {state}", look, look.key)
    elif seat.since[places[0]] > ended(look):
        message = f"operation {look.number} was shown {state}, which was written for a call that was sent later"
        yield _wrong(SEAT_SHOWS, message, look, look.key)


def _wrong(clause: Clause, message: str, source: Operation | Act, seat: str | None = None) -> Finding:
    where = {"at_ms": source.ended_at_ms} if isinstance(source, Operation) else source.where
    return invalid(message, subject=seat, **where, details={"clause": str(clause)})
