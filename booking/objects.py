"""The virtual objects of a run, key by key: what was done to each, and whether all of that is known.

Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from math import inf

from pydantic import JsonValue

from booking.acts import OBJECTS, Act
from booking.books import Books, books_of
from booking.model.seat import HELD
from booking.model.seat import Seat as SeatModel
from booking.orders import Order
from booking.seats import Seat
from chaos.checkers.invocations import Invocations, invocations_of
from chaos.evidence.history import Operation
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "state")
FORGETS = "purge"  # the fault after which Restate no longer shows what has ended
BEGUN_BY_A_CALL = frozenset({"ingress", "service", "subscription"})
LATE_MS = 120_000  # by how much the clocks of a run, some of them skewed, may differ
SeatVersion = tuple[JsonValue, JsonValue, JsonValue]


class Objects:
    """Every object by service and key. `operations`: those whose invocation is known, by its id."""

    def __init__(self, books: Books, known: Invocations) -> None:
        self.books = books
        self.known = known
        self.forgot = any(event.fault == FORGETS for event in books.record.faults)
        self._invocations: dict[tuple[str, str], list[Invocation]] = {}
        for each in books.invocations.values():
            if each.service in OBJECTS and each.key is not None:
                self._invocations.setdefault((each.service, each.key), []).append(each)

        self.told_maps = self._told_maps()
        self.states = {(row.service, row.object_key, row.key): row.value for row in books.record.state}
        self.seats_of: dict[str, list[Seat]] = {}
        for seat in books.seats.values():
            self.seats_of.setdefault(seat.event_id, []).append(seat)
        self.tickets_of: dict[str, list[str]] = {}
        for key in self.keys("Ticket"):
            self.tickets_of.setdefault(key.rpartition(":")[0], []).append(key)
        self._calls: dict[tuple[str, str], list[Operation]] = {}
        self.operations: dict[str, Operation] = {}
        for call in books.load:
            self._calls.setdefault((call.service, call.key), []).append(call)
            if call.number in known.asked:
                self.operations[known.asked[call.number].id] = call

    def _told_maps(self) -> dict[str, dict[SeatVersion, JsonValue]]:
        """Event → (seat, round, version) → the status that its map was told, by whatever was sent to it."""
        told: dict[str, dict[SeatVersion, JsonValue]] = {}
        for sent in self.books.sets:
            body, event_id = sent.value, (sent.target or "").split("/", 1)[1].rpartition("/")[0]
            if isinstance(body, dict):
                place = (body.get("seat_id"), body.get("round"), body.get("version"))
                told.setdefault(event_id, {})[place] = body.get("status")
        return told

    def keys(self, service: str) -> list[str]:
        return sorted(key for name, key in self._invocations if name == service)

    def invocations(self, service: str, key: str) -> list[Invocation]:
        return self._invocations.get((service, key), [])

    def calls(self, service: str, key: str) -> list[Operation]:
        """What clients asked of it."""
        return self._calls.get((service, key), [])

    def acts(self, service: str, key: str) -> list[Act]:
        """Those that have ended and of which there is a journal."""
        mine = (self.books.acts.get(each.id) for each in self.invocations(service, key))
        return [act for act in mine if act and act.invocation.status == "completed"]

    def is_whole(self, service: str, key: str) -> bool:
        """Whether everything that was ever done to an object is known."""
        known = self.known
        return (
            not self.forgot
            and self.books.has("invocations", "journal")
            and (service, key) not in known.unseen
            and all(self._is_known(each) for each in self.invocations(service, key))
        )

    def _is_known(self, invocation: Invocation) -> bool:
        entries = self.known.entries[invocation.id]
        complete = entries > 0 if invocation.status == "completed" else entries <= 1
        return complete and invocation.invoked_by in BEGUN_BY_A_CALL

    def sender(self, invocation: Invocation) -> Invocation | None:
        """Who sent an object a call of a handler that it also sends to itself: the first of its key up the chain."""
        seen = {invocation.id}
        caller = self.books.invocations.get(invocation.invoked_by_id or "")
        while caller and caller.id not in seen:
            here = (caller.service, caller.key) == (invocation.service, invocation.key)
            if here and caller.handler != invocation.handler:
                return caller
            seen.add(caller.id)
            caller = self.books.invocations.get(caller.invoked_by_id or "")
        return None

    def callers(self, invocation: Invocation) -> Iterator[Invocation]:
        """All up the chain, the nearest first."""
        seen = {invocation.id}
        caller = self.books.invocations.get(invocation.invoked_by_id or "")
        while caller and caller.id not in seen:
            yield caller
            seen.add(caller.id)
            caller = self.books.invocations.get(caller.invoked_by_id or "")

    @cached_property
    def orders_of(self) -> dict[str, list[Order]]:
        """User → their orders."""
        found: dict[str, list[Order]] = {}
        for order in self.books.orders.values():
            found.setdefault(str(order.input.get("user_id")), []).append(order)
        return found

    def runs_below(self, invocation: Invocation | None) -> list[Invocation]:
        """The checkouts that an invocation led to, through whatever services."""
        return self._led_to.get(invocation.id, []) if invocation else []

    @cached_property
    def _led_to(self) -> dict[str, list[Invocation]]:
        found: dict[str, list[Invocation]] = {}
        for each in self.books.invocations.values():
            if (each.service, each.handler) == ("Checkout", "run"):
                for caller in self.callers(each):
                    found.setdefault(caller.id, []).append(each)
        return found

    def not_before(self, invocation: Invocation) -> int:
        """When, at the earliest, it can have happened in the history: when its root was sent; 0 if that is unknown."""
        root = [invocation, *self.callers(invocation)][-1]
        operation = self.operations.get(root.id)
        return began(operation) if operation else 0

    def may_be_over(self, seat: SeatModel) -> bool:
        """Whether the time of a hold may have been up at some moment of the run."""
        if seat.status != HELD:
            return False
        return seat.expires_at_ms is None or seat.expires_at_ms <= self.books.record.meta.ended_at_ms + LATE_MS


@lru_cache(maxsize=1)
def objects_of(record: Record) -> Objects:
    """The objects of a record, kept while checkers look at the same one."""
    return Objects(books_of(record), invocations_of(record))


def is_opening(objects: Objects, invocation: Invocation) -> bool:
    """Whether the run itself asked for it, before all else."""
    return (invocation.idempotency_key or "").startswith(f"{objects.books.record.meta.scope}--")


def began(operation: Operation) -> int:
    """When a client sent it, in the history's order."""
    return operation.events[0].seq


def ended(operation: Operation) -> float:
    """When a client knew what had come of it, in the history's order; of what nobody ever learnt, never."""
    return inf if operation.conclusion == "info" else operation.events[-1].seq


def floors(looks: Iterable[tuple[int, float, int]]) -> list[int]:
    """For each (began, ended, version): the highest version of those that had ended before it began."""
    looks = list(looks)
    by_end = sorted((end, version) for _, end, version in looks)
    result, highest, place = [0] * len(looks), 0, 0
    for index in sorted(range(len(looks)), key=lambda index: looks[index][0]):
        while place < len(by_end) and by_end[place][0] < looks[index][0]:
            highest = max(highest, by_end[place][1])
            place += 1
        result[index] = highest
    return result
