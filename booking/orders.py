"""One order as the evidence tells it: what clients were told, how its `Checkout.run` went, how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import JsonValue

from booking.contract import error_code
from chaos.evidence.history import Operation
from chaos.evidence.journal import Invocation, JournalEntry

# Answers to one call that say nothing of the order itself, which another call may have placed before.
NEVER_BEGAN = frozenset({"never_ran", "refused_by_ingress", "invalid"})
SILENT = NEVER_BEGAN | {"order_settled"}

Ending = Literal["confirmed", "failed", "open", "unreached", "unknown"]
_FAILURE = re.compile(r"^\[(\d+)\] (.*)$", re.DOTALL)


@dataclass(frozen=True)
class Order:
    """One order: what clients were told of it, and its `Checkout.run` in Restate.

    `ending`: confirmed by an answer or the journal; failed; open: still in Restate; unreached: no checkout of it ever
    began; unknown: nothing says.
    """

    order_id: str
    operations: tuple[Operation, ...] = ()
    invocation: Invocation | None = None
    entries: tuple[JournalEntry, ...] = ()

    @cached_property
    def is_own_payment(self) -> bool:
        """Whether `order_settled` is about a payment of its own: nobody else placed it, and it went to charge."""
        is_settled = self.failure_code == "order_settled" and len(self.operations) <= 1
        return is_settled and bool(self.commands("Run", "charge"))

    @cached_property
    def ending(self) -> Ending:
        if self.bookings or (self.invocation and self.invocation.result == "success"):
            return "confirmed"
        if self.invocation and self.invocation.status != "completed":
            return "open"
        says = self.failure_code not in SILENT or self.is_own_payment
        if self.invocation and self.invocation.result == "failure" and says:
            return "failed"
        refusals = {operation.code for operation in self.operations if operation.conclusion == "fail"}
        if refusals - SILENT - {None}:
            return "failed"
        never_began = refusals and refusals <= NEVER_BEGAN
        if never_began and all(operation.conclusion == "fail" for operation in self.operations):
            return "unreached"
        return "unknown"

    @cached_property
    def bookings(self) -> list[dict[str, JsonValue]]:
        """What was answered as booked: to each client that was told ok, and the journal's output."""
        answers = [operation.output for operation in self.operations if operation.conclusion == "ok"]
        if self.output and not self.output.failure:
            answers.append(self.output.value)
        return [answer if isinstance(answer, dict) else {} for answer in answers]

    @cached_property
    def output(self) -> JournalEntry | None:
        return next((entry for entry in reversed(self.entries) if entry.type == "Output"), None)

    @cached_property
    def input(self) -> dict[str, JsonValue]:
        """What was ordered, from the client or the journal."""
        inputs = [operation.input for operation in self.operations]
        inputs += [entry.value for entry in self.entries if entry.type == "Input"]
        return next((each for each in inputs if isinstance(each, dict)), {})

    @property
    def seat(self) -> str | None:
        event_id, seat_id = self.input.get("event_id"), self.input.get("seat_id")
        return f"{event_id}:{seat_id}" if event_id and seat_id else None

    @cached_property
    def failure_code(self) -> str | None:
        """The contract's code it failed with; Restate's word counts before a client's."""
        if self.invocation and self.invocation.failure:
            return error_code(failure_message(self.invocation))
        codes = [operation.code for operation in self.operations if operation.conclusion == "fail"]
        return next((code for code in codes if code not in SILENT), None)

    def commands(self, type_: str, name: str) -> list[JournalEntry]:
        """The order's journaled commands: runs by name, calls by the handler's name at Ticket."""
        return [
            entry
            for entry in self.entries
            if entry.kind == "command"
            and entry.type == type_
            and (entry.name == name if type_ == "Run" else is_call(entry.target, "Ticket", name))
        ]

    def completion(self, command: JournalEntry) -> JournalEntry | None:
        """The notification that answers a command."""
        return next(
            (
                entry
                for entry in self.entries
                if entry.kind == "notification"
                and entry.type == command.type
                and entry.completion_id == command.completion_id
            ),
            None,
        )


def at(order: Order) -> dict[str, str | None]:
    """Where an order's findings point."""
    return {
        "case": order.order_id,
        "subject": order.seat,
        "invocation_id": order.invocation.id if order.invocation else None,
    }


def failure_message(invocation: Invocation) -> str:
    """An invocation's failure without Restate's "[status] "."""
    match = _FAILURE.match(invocation.failure or "")
    return match.group(2) if match else invocation.failure or ""


def was_killed(invocation: Invocation) -> bool:
    """Killed by hand: there is no output, and the failure is Restate's own word, which no contract code is."""
    return invocation.result == "failure" and failure_message(invocation) == "killed"


def is_call(target: str | None, service: str, handler: str) -> bool:
    return bool(target) and str(target).startswith(f"{service}/") and str(target).endswith(f"/{handler}")
