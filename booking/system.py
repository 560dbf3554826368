"""The booking system as the engine is told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from booking import workloads  # noqa: F401 - fills the registry that plans are read with
from booking.books import SAGA_STEPS
from booking.checkers import CHECKERS
from booking.contract import HANDLERS, OUT_OF_ORDER, REFUSED_CODES, error_code
from booking.draw import drawn_plan
from booking.report import report
from booking.settings import BookingSettings
from chaos import Call, Load, Operation, System


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
    yield from (f"SeatMap/{event_id}/get" for event_id in load.event_ids)
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


SYSTEM = System(
    name="booking",
    app="services.app:app",
    handlers={service: frozenset(handlers) for service, handlers in HANDLERS.items()},
    parties=("booking.parties:GATEWAY", "booking.parties:MAILER"),
    mailbox="mailer",
    settings=BookingSettings,
    checkers=CHECKERS,
    error_code=error_code,
    not_working=OUT_OF_ORDER,
    steps=SAGA_STEPS,
    case_of=case_of,
    final_reads=final_reads,
    mailed=mailed,
    report=report,
    draw=drawn_plan,
)
