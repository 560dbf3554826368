"""The booking system as the engine is told of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from booking import faults, workloads  # noqa: F401 - both fill the registries that plans are read with
from booking.checkers import CHECKERS
from booking.contract import HANDLERS, OUT_OF_ORDER, REFUSED_CODES, SAGA_STEPS, error_code
from booking.draw import drawn_plan
from booking.events import opened
from booking.report import report
from booking.settings import BookingSettings
from chaos import Call, Load, Operation, System
from chaos.evidence.journal import StateRow

GATHERED_WITHIN_MS = 2_000
OPERATIONS = {
    "charge": "gateway POST /v1/charges",
    "refund": "gateway POST /v1/refunds",
    "void": "gateway POST /v1/voids",
    "lookup": "gateway GET /v1/charges",
    "mail": "mailer POST /v1/messages",
    "role": "mailer PUT /v1/users/*/role",
    "permissions": "mailer PUT /v1/users/*/permissions",
}


def case_of(call: Call) -> str | None:
    """The order that a call checks out, or reserves a seat for."""
    if call.service == "Checkout":
        return call.key
    named = call.input.get("order_id") if isinstance(call.input, dict) else None
    return named if isinstance(named, str) else None


def final_reads(load: Load, told: Sequence[Operation]) -> Iterator[str]:
    """Every seat map, and the status of each order that may have undone steps.

    Those are orders that failed or were lost after they had a seat, or that a session placed: how those ended, no
    client was told.
    """
    yield from (f"SeatMap/{event_id}/get" for event_id in opened(call.model_dump() for call in load.opening))
    for each in told:
        late = (each.service, each.handler) == ("Checkout", "run") and each.conclusion != "ok"
        if late and each.code not in REFUSED_CODES | {"refused_by_ingress"}:
            yield f"Checkout/{each.key}/status"
    for each in told:
        placed = each.output.get("order_ids") if isinstance(each.output, dict) else None
        if each.target.endswith("/checkout") and isinstance(placed, list):
            yield from (f"Checkout/{order_id}/status" for order_id in placed)


def mailed(load: Load) -> Iterator[str]:
    """The addresses of those who sign up: each is mailed a secret."""
    for call in load.operations:
        address = call.input.get("email") if isinstance(call.input, dict) else None
        if (call.service, call.handler) == ("Signup", "run") and isinstance(address, str):
            yield address


def hold_ends_soon(row: StateRow) -> bool:
    """Whether a Ticket's hold ends, or should have ended, within the time that gathering the evidence takes."""
    if row.service != "Ticket" or not isinstance(row.value, dict) or row.value.get("status") != "RESERVED":
        return False
    ends_at_ms = row.value.get("expires_at_ms")
    return isinstance(ends_at_ms, int | float) and abs(ends_at_ms - time.time() * 1000) < GATHERED_WITHIN_MS


SYSTEM = System(
    name="booking",
    app="services.app:app",
    handlers={service: frozenset(handlers) for service, handlers in HANDLERS.items()},
    parties=("booking.parties:GATEWAY", "booking.parties:MAILER"),
    mailbox="mailer",
    operations=OPERATIONS,
    settings=BookingSettings,
    checkers=CHECKERS,
    error_code=error_code,
    not_working=OUT_OF_ORDER,
    steps=SAGA_STEPS,
    case_of=case_of,
    final_reads=final_reads,
    mailed=mailed,
    unsettled=hold_ends_soon,
    report=report,
    draw=drawn_plan,
)
