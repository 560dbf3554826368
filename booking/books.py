"""The books of a run: how each order ended, what it paid, what became of each seat, what is still open.

Read once for each record. Nothing here judges; what cannot be known is None, empty or "unknown".
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, lru_cache

from pydantic import JsonValue

from booking.acts import CALLS, OBJECTS, Act
from booking.contract import CONTRACT_SERVICES, SAGA_STEPS
from booking.events import OpenedEvent, opened_in
from booking.ledgers import GatewayRow
from booking.orders import Order, is_call, was_killed
from booking.payments import Payments, by_order
from booking.seats import STATE_KEY, Seat, SeatState, seat_state
from chaos.checkers.evidence import Evidence
from chaos.checkers.invocations import invocations_of
from chaos.evidence.history import Operation
from chaos.evidence.journal import Invocation, JournalEntry
from chaos.evidence.record import Record

SKEW_MS = 250  # journal times tie and run backwards by so much
READS = frozenset({"get", "status"})
CLEARS = frozenset({"ClearState", "ClearAllState"})
# Handlers whose journals are read step by step.
WORKFLOWS = frozenset({("Checkout", "run"), ("Notifications", "notify"), ("Signup", "run"), ("RoleUpdate", "apply")})


class Books(Evidence):
    """Everything a record says, by order and by seat."""

    def __init__(self, record: Record) -> None:
        self.payments = by_order(record.ledger("gateway", GatewayRow))
        self._workflows: dict[str, list[JournalEntry]] = {}
        self._signals: set[str] = set()  # invocations that got one, as those do that are cancelled
        self._signallers: dict[str, set[str]] = {}  # invocation → those whose journal sends it one
        self._writes: dict[str, dict[str, SeatState]] = {}  # seat → invocation → its last write
        self._unreadable: dict[str, int] = {}
        self._called: set[str] = set()
        self.acts: dict[str, Act] = {}  # invocations of objects, those of which there is a journal
        self.sets: list[JournalEntry] = []  # what was sent to seat maps
        super().__init__(record)

    def take(self, entry: JournalEntry) -> None:
        if entry.target and is_call(entry.target, "Checkout", "run"):
            self._called.add(entry.target.split("/")[1])
        if entry.target and entry.type in CALLS and is_call(entry.target, "SeatMap", "set"):
            self.sets.append(entry)
        if entry.type == "Signal":
            self._signals.add(entry.invocation_id)
        elif entry.type == "SendSignal" and entry.invoked_id:
            self._signallers.setdefault(entry.invoked_id, set()).add(entry.invocation_id)
        invocation = self.invocations.get(entry.invocation_id)
        if invocation is None:
            return
        if invocation.service in OBJECTS:
            self.acts.setdefault(entry.invocation_id, Act(invocation)).take(entry)
        if (invocation.service, invocation.handler) in WORKFLOWS:
            self._workflows.setdefault(entry.invocation_id, []).append(entry)
        elif invocation.service == "Ticket" and invocation.key and _writes_ticket(entry):
            self._take_write(invocation.key, entry)

    def _take_write(self, seat: str, entry: JournalEntry) -> None:
        state = seat_state(entry.value, entry.invocation_id, entry.index)
        if state is None:
            self._unreadable[seat] = self._unreadable.get(seat, 0) + 1
        else:
            self._writes.setdefault(seat, {})[entry.invocation_id] = state

        # --- orders --------------------------------------------------------------------------------------------------

    @cached_property
    def orders(self) -> dict[str, Order]:
        """Every order that somebody asked to check out: a client, or a service in its journal."""
        operations: dict[str, list[Operation]] = {}
        for operation in self.load:
            if (operation.service, operation.handler) == ("Checkout", "run"):
                operations.setdefault(operation.key, []).append(operation)
        runs = {
            invocation.key: invocation
            for invocation in self.invocations.values()
            if (invocation.service, invocation.handler) == ("Checkout", "run") and invocation.key
        }
        return {
            order_id: Order(
                order_id,
                tuple(operations.get(order_id, ())),
                runs.get(order_id),
                tuple(self.entries(runs[order_id])) if order_id in runs else (),
            )
            for order_id in sorted(operations.keys() | runs.keys() | self._called)
        }

    def entries(self, invocation: Invocation) -> list[JournalEntry]:
        """The journal of an invocation of one of WORKFLOWS."""
        return self._workflows.get(invocation.id, [])

    @cached_property
    def invoked(self) -> dict[tuple[str, str, str], list[Invocation]]:
        """Service, handler and key (empty where there is none) → its invocations."""
        found: dict[tuple[str, str, str], list[Invocation]] = {}
        for each in self.invocations.values():
            found.setdefault((each.service, each.handler, each.key or ""), []).append(each)
        return found

    @cached_property
    def operations(self) -> dict[str, list[Operation]]:
        """Target → what clients did there, the load's opening included."""
        found: dict[str, list[Operation]] = {}
        for each in self.record.operations:
            found.setdefault(each.target, []).append(each)
        return found

    def input_of(self, invocation: Invocation) -> dict[str, JsonValue]:
        """What an invocation of one of WORKFLOWS was asked for; empty where its journal does not say."""
        value = next((entry.value for entry in self.entries(invocation) if entry.type == "Input"), None)
        return value if isinstance(value, dict) else {}

    def is_whole(self, invocation: Invocation | None) -> bool:
        """Whether it has ended, and all of its journal is here: what does not stand there did not happen in it."""
        if invocation is None or invocation.status != "completed" or not self._has_journals:
            return False
        return any(entry.type == "Output" for entry in self.entries(invocation))

    @cached_property
    def _has_journals(self) -> bool:
        return self.has("invocations", "journal")

    @cached_property
    def has_states(self) -> bool:
        """Whether every state that a Ticket ever had is here, and none of them may still change."""
        return self.has("invocations", "journal", "state") and self.at_rest

    @cached_property
    def by_operator(self) -> set[str]:
        """Orders of which an operator cancelled or killed something: no service sent that signal."""
        acted = {id_ for id_ in self._signals if self._signallers.get(id_, set()) <= self._signals}
        killed = {each.id for each in self.invocations.values() if was_killed(each)}
        touched = [self.invocations[id_] for id_ in acted | killed if id_ in self.invocations]
        return {order_id for each in touched if (order_id := self.order_of(each))}

    @cached_property
    def holders(self) -> set[str]:
        """Orders that clients only reserved a seat for, and never asked to check out."""
        inputs = [operation.input for operation in self.load if operation.service == "Ticket"]
        named = {each.get("order_id") for each in inputs if isinstance(each, dict)}
        return {order_id for order_id in named if isinstance(order_id, str)} - self.orders.keys()

    def paid(self, order_id: str) -> Payments:
        return self.payments.get(order_id, Payments())

    @cached_property
    def events(self) -> dict[str, OpenedEvent]:
        """The events that the run opened, by their id."""
        return opened_in(self.record)

    @cached_property
    def opened_seats(self) -> set[str]:
        """Every seat of those events."""
        return {seat for event in self.events.values() for seat in event.seats}

    @cached_property
    def prices(self) -> dict[str, tuple[JsonValue, JsonValue]]:
        """Event id → (price_cents, currency), as the run opened it."""
        return {event_id: event.price for event_id, event in self.events.items()}

    def is_free(self, order: Order) -> bool:
        """Whether its event costs nothing, by which nothing is to be charged."""
        return self.is_free_event(str(order.input.get("event_id")))

    def is_free_event(self, event_id: str) -> bool:
        return self.prices.get(event_id, (None, None))[0] == 0

    def given_up(self, order: Order) -> set[str]:
        """The compensations of an order that were given up for a good reason: they need a person.

        Giving up is right after the attempts allowed, or on a refusal that a rule put in the gateway's mouth. It is no
        excuse when the gateway itself calls the request wrong that should give back what it captured.
        """
        names = self.failed_to_undo(order)
        paid = self.paid(order.order_id)
        return names - {"void", "refund"} if paid.captures and paid.refused_undo else names

    def failed_to_undo(self, order: Order) -> set[str]:
        """The compensations of an order that failed, by its journal or by its status."""
        return self.given_up_runs(order) | (self.said_failed(order) or {}).keys()

    def given_up_runs(self, order: Order) -> set[str]:
        """Those that its journal shows as given up: failed at their last run, with none after it that did it."""
        runs = sorted(order.commands("Run", "void") + order.commands("Run", "refund"), key=lambda run: run.index)
        ends = [(run, order.completion(run)) for run in runs]
        done = max((run.index for run, end in ends if end and not end.failure), default=-1)
        return {run.name for run, end in ends if end and end.failure and run.index > done and run.name}

    def said_failed(self, order: Order) -> dict[str, str] | None:
        """Those that its status lists as failed, with what it says of each; None when the status was not read."""
        view = self.record.meta.views.get(f"Checkout/{order.order_id}/status")
        listed = view.get("compensations") if isinstance(view, dict) else None
        if not isinstance(listed, list):
            return None
        failed = [each for each in listed if isinstance(each, dict) and each.get("outcome") == "failed"]
        return {str(each.get("name")): str(each.get("detail") or "") for each in failed}

    def is_foreseen(self, order: Order) -> bool:
        """Whether the plan expects orders that need a person, and this one's status says that it is one."""
        return "needs_a_person" in self.record.meta.expect.stated and bool(self.said_failed(order))

    @cached_property
    def unmailed_by_operator(self) -> set[str | None]:
        """Orders whose notification the plan's operator ended before its mail was sent."""
        known = invocations_of(self.record)
        failed = [each for each in self.invocations.values() if each.handler == "notify" and each.result == "failure"]
        return {self.order_of(each) for each in failed if known.is_planned(each)}

    # --- seats ---------------------------------------------------------------------------------------------------

    @cached_property
    def seats(self) -> dict[str, Seat]:
        """Every seat of the run, also those that nobody touched."""
        finals: dict[str, SeatState] = {}
        unreadable = dict(self._unreadable)
        for row in self.record.state:
            if (row.service, row.key) == ("Ticket", STATE_KEY):
                state = seat_state(row.value)
                if state is None:
                    unreadable[row.object_key] = unreadable.get(row.object_key, 0) + 1
                else:
                    finals[row.object_key] = state
        known = self._writes.keys() | finals.keys() | unreadable.keys() | self.opened_seats
        return {
            key: Seat(
                key,
                tuple(sorted(self._writes.get(key, {}).values(), key=lambda state: state.version)),
                finals.get(key),
                unreadable.get(key, 0),
            )
            for key in sorted(known)
        }

    # --- what is still open --------------------------------------------------------------------------------------

    def cleared_by(self, service: str, key: str) -> list[str]:
        """The invocations that cleared state of an object, as `clear` does and a timer may."""
        mine = {each.id for each in self.invocations.values() if (each.service, each.key) == (service, key)}
        return [
            each.invocation_id for each in self.record.journal() if each.type in CLEARS and each.invocation_id in mine
        ]

    @cached_property
    def open(self) -> list[Invocation]:
        """Invocations that had not ended when the evidence was read; reads do not count."""
        return [each for each in self.invocations.values() if is_open(each) and self._root(each).handler not in READS]

    @cached_property
    def moving(self) -> list[Invocation]:
        """Open ones, and those that ended so late that one source may show it and another not."""
        late = [each for each in self.invocations.values() if self._is_late(each)]
        return self.open + [each for each in late if self._root(each).handler not in READS]

    @cached_property
    def at_rest(self) -> bool:
        """Whether every source tells of the same moment: nothing moved any more when they were read."""
        converged = self.record.meta.converged_at_ms is not None
        return converged or not (self.moving or any(operation.conclusion == "info" for operation in self.load))

    def _is_late(self, invocation: Invocation) -> bool:
        """Once the run has converged only timers act; in one that has not, everything after the load may be torn."""
        if invocation.status == "scheduled" and invocation.handler == "expire":
            return self._was_freed_later(invocation.key or "")
        if is_open(invocation) or invocation.completed_at_ms is None:
            return False
        meta = self.record.meta
        if meta.converged_at_ms is not None:
            return invocation.handler == "expire" and invocation.completed_at_ms > meta.converged_at_ms - SKEW_MS
        return invocation.completed_at_ms > (meta.load_ended_at_ms or meta.started_at_ms) - SKEW_MS

    def _was_freed_later(self, key: str) -> bool:
        """Whether a Ticket is free by a write that is not journaled: its timer fired between the two readings."""
        seat = self.seats.get(key)
        if seat is None or seat.final is None or seat.final.status != "AVAILABLE":
            return False
        return all(state.version < seat.final.version for state in seat.writes)

    def moving_for(self, order_id: str) -> list[Invocation]:
        """Moving invocations that may still do something for an order; an app's private services may for any."""
        return [each for each in self.moving if each.handler != "expire" and self._works_for(each, order_id)]

    def _works_for(self, invocation: Invocation, order_id: str) -> bool:
        owner = self.order_of(invocation)
        return owner == order_id or (owner is None and invocation.service not in CONTRACT_SERVICES)

    def moving_at(self, event_id: str) -> list[Invocation]:
        """Moving invocations that may change an event's seats or map; in a run that did not converge any may."""
        if self.record.meta.converged_at_ms is None:
            return self.moving
        return [
            each
            for each in self.moving
            if each.service not in CONTRACT_SERVICES
            or (each.service in ("Event", "SeatMap") and each.key == event_id)
            or (each.service == "Ticket" and (each.key or "").rpartition(":")[0] == event_id)
        ]

    def _root(self, invocation: Invocation) -> Invocation:
        """The invocation that began it all."""
        seen = {invocation.id}
        while (caller := self.invocations.get(invocation.invoked_by_id or "")) and caller.id not in seen:
            seen.add(caller.id)
            invocation = caller
        return invocation

    def order_of(self, invocation: Invocation) -> str | None:
        """The order on whose behalf an invocation runs, or None."""
        current: Invocation | None = invocation
        while current and current.service != "Checkout":
            current = self.invocations.get(current.invoked_by_id or "")
        return current.key if current else None


@lru_cache(maxsize=1)
def books_of(record: Record) -> Books:
    """The books of a record, cached while checkers look at the same record."""
    return Books(record)


def is_open(invocation: Invocation) -> bool:
    """Whether Restate still has to do something for it now."""
    if invocation.status == "scheduled":
        return (invocation.service, invocation.handler) in SAGA_STEPS
    return invocation.status != "completed"


def named(invocations: Iterable[Invocation], limit: int = 3) -> str:
    """The first few invocations in words: "Checkout/o1/run running"."""
    listed = list(invocations)
    names = [f"{each.service}/{each.key}/{each.handler} {each.status}" for each in listed[:limit]]
    return ", ".join(names) + (f" and {len(listed) - limit} more" if len(listed) > limit else "")


def _writes_ticket(entry: JournalEntry) -> bool:
    return (entry.kind, entry.type, entry.state_key) == ("command", "SetState", STATE_KEY)
