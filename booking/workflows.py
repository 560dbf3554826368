"""Reads an order's journal, ledger and history into the values that the model judges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue

from booking.books import Books
from booking.contract import error_code
from booking.ledgers import GatewayRow
from booking.model.checkout import Ordered, Step
from booking.model.clause import Clause
from booking.model.endings import Facts
from booking.model.misstep import Misstep
from booking.orders import Order, at, is_call
from booking.payments import CHARGES
from booking.settings import settings_of
from chaos.checkers.findings import invalid
from chaos.evidence.journal import JournalEntry
from chaos.verdict import Finding

RUNS = frozenset({"charge", "void", "refund"})
CALLS = frozenset({"reserve", "confirm", "release"})
COME_AGAIN = frozenset({408, 425, 429})
USED_UP = frozenset({"key_barred", "key_reused"})


def steps_of(entries: Iterable[JournalEntry]) -> tuple[Step, ...]:
    """The steps of a `Checkout.run` that the contract names, in the order in which they began."""
    entries = list(entries)
    answers = {(entry.type, entry.completion_id): entry for entry in entries if entry.kind == "notification"}
    steps = []
    for entry in entries:
        name = step_name(entry)
        if name:
            waits = entry.type != "OneWayCall"
            steps.append(_step(name, entry, answers.get((entry.type, entry.completion_id)) if waits else None))
    return tuple(steps)


def step_name(entry: JournalEntry) -> str | None:
    """The contract's name of what a command does, or None."""
    if entry.kind != "command":
        return None
    if entry.type == "Run":
        return entry.name if entry.name in RUNS else None
    if entry.type == "Call":
        called = next((name for name in CALLS if is_call(entry.target, "Ticket", name)), None)
        if called:
            return called
    is_note = entry.type in ("Call", "OneWayCall") and is_call(entry.target, "Notifications", "notify")
    return "notify" if is_note else None


def _step(name: str, command: JournalEntry, answer: JournalEntry | None) -> Step:
    failure = answer.failure if answer else None
    return Step(
        name=name,
        began=command.index,
        ended=answer.index if answer else None,
        failed=failure is not None,
        code=error_code(failure.message) if failure else None,
        target=command.target,
        request=command.value,
        answer=answer.value if answer else None,
    )


def ordered(evidence: Books, order: Order) -> Ordered:
    """What was ordered, as far as it is known."""
    event = evidence.events.get(str(order.input.get("event_id")))
    terms = event.terms if event else None
    hold_ms = terms.get("hold_ms") or settings_of(evidence.record).hold_ms if terms else None
    is_free = terms is not None and terms.get("price_cents") == 0
    return Ordered(order.order_id, order.input.get("user_id"), order.seat, hold_ms, is_free)


def facts_of(evidence: Books, order: Order) -> Facts:
    """What the evidence shows that may have made the order end as it did."""
    steps = steps_of(order.entries)
    reserves = [step for step in steps if step.name == "reserve"]
    event = evidence.events.get(str(order.input.get("event_id")))
    asked = _about_the_charge(evidence, order)
    return Facts(
        seat_said=frozenset(step.code for step in reserves if step.code),
        asked_for_seat=bool(reserves),
        had=_had(evidence, order),
        is_held=any(not step.failed for step in reserves),
        was_sold=any(step.name == "confirm" and not step.failed and step.ended is not None for step in steps),
        event_open=event is not None and _was_opened(evidence, order),
        seat_listed=event is not None and order.seat in event.seats,
        declined=any(_declines(row) for row in asked),
        refused=any(_refuses(row) for row in asked) and not _is_our_mistake(evidence, order, asked),
        captured=any(row.effect == "capture" or _is_made_up(row) for row in asked),
        settled_before=was_placed_again(order) or any(row.detail in USED_UP or _is_made_up(row) for row in asked)
        or bool(evidence.paid(order.order_id).refunds),
        called_off=_was_called_off(evidence, order),
    )  # fmt: skip


def _about_the_charge(evidence: Books, order: Order) -> list[GatewayRow]:
    """Rows of attempts to charge, or to ask how a charge stands, and what became of them."""
    return [row for row in evidence.paid(order.order_id).rows if row.path == CHARGES]


def _declines(row: GatewayRow) -> bool:
    return row.status == 402 or (row.effect == "fail" and row.detail != "voided") or _is_made_up(row)


def _refuses(row: GatewayRow) -> bool:
    if row.kind != "answer" or row.status is None:
        return False
    return _is_made_up(row) or (400 <= row.status < 500 and row.status not in (COME_AGAIN | {402, 409}))


def _is_made_up(row: GatewayRow) -> bool:
    """An answer that a rule gave, whose body nobody knows; those that ask to come again say nothing."""
    return row.kind == "answer" and row.rule_id is not None and (row.status or 500) < 500 and row.status != 429


def _is_our_mistake(evidence: Books, order: Order, rows: list[GatewayRow]) -> bool:
    """Whether all that refused it was the gateway itself, calling wrong what is a price that it takes."""
    price = evidence.prices.get(str(order.input.get("event_id")))
    takes = price is not None and isinstance(price[0], int) and 0 < price[0] < 2**53
    return takes and all(row.rule_id is None for row in rows if _refuses(row))


def was_placed_again(order: Order) -> bool:
    """Whether an order id was used more than once, so that one of its workflows may have been forgotten."""
    return len(order.operations) > 1


def _was_opened(evidence: Books, order: Order) -> bool:
    """Whether opening the event was answered; it is not asked of a history that begins with the load."""
    opened = evidence.operations.get(f"Event/{order.input.get('event_id')}/open", [])
    return all(each.conclusion == "ok" for each in opened if each.number < 0)


def _had(evidence: Books, order: Order) -> frozenset[str]:
    """What the order may have been refused for; while a seat's states are not all known, anything."""
    seat = evidence.seats.get(order.seat or "")
    if not evidence.has_states or (seat is not None and seat.unreadable):
        return frozenset({"RESERVED", "SOLD"})
    states = seat.states if seat else ()
    return frozenset(each.status for each in states if each.status == "SOLD" or each.order_id != order.order_id)


def _was_called_off(evidence: Books, order: Order) -> bool:
    """Whether a cancel was accepted, or may have been: its answer is not known, or no client of ours sent it."""
    cancels = evidence.operations.get(f"Checkout/{order.order_id}/cancel", [])
    refused = [each for each in cancels if isinstance(each.output, dict) and each.output.get("accepted") is False]
    came = evidence.invoked.get(("Checkout", "cancel", order.order_id), [])
    return len(refused) < len(cancels) or len(came) > len(cancels)


def unexplained(misstep: Misstep, order: Order, *, agree: str, dissent: str, **where: Any) -> Finding:
    """A misstep in an order's own journal or answers."""
    if misstep.index is not None:
        where["journal_index"] = misstep.index
    return without_reason(misstep.clause, misstep.what, agree=agree, dissent=dissent, **at(order) | where)


def without_reason(clause: Clause, what: str, *, agree: str, dissent: str, **where: Any) -> Finding:
    """What the model does not explain: the clause that has no room for it, and which sources agree and dissent."""
    details: dict[str, JsonValue] = {"clause": str(clause), "agree": agree, "dissent": dissent}
    return invalid(f"{what} (against {agree})", details=details, **where)
