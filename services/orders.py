"""Orders, the private register: an order id is good for one booking, also after Restate forgot its workflow."""

from __future__ import annotations

from typing import Literal

from restate import ObjectContext, ObjectSharedContext, VirtualObject

from services import event
from services.errors import refuse
from services.schema import Cents, Message, Name, Nothing, OrderUuid, Round, SeatId, Stored
from services.serde import Json, guard
from services.state import Kept, Versioned

service = VirtualObject("Orders", ingress_private=True, invocation_context_managers=[guard("order_id", OrderUuid)])


class Booking(Message):
    """A seat that is sold and paid for; the answer of `Checkout.run`."""

    order_id: OrderUuid
    event_id: Name
    seat_id: SeatId
    round: Round
    amount_cents: Cents
    status: Literal["CONFIRMED"] = "CONFIRMED"
    charge_id: Name | None = None  # of a free event there is none


class Place(Message):
    fingerprint: Name  # of the whole input: what was ordered can be compared without keeping a payment token
    event_id: Name
    seat_id: SeatId


class Quote(Message):
    """What the order is to cost and how long its seat is held; the event's terms without its thousand seats."""

    price_cents: int
    currency: str
    hold_ms: int
    round: int


class Placed(Message):
    """A new order's quote, or the booking the same order became earlier."""

    quote: Quote | None = None
    booking: Booking | None = None


class Found(Message):
    booking: Booking | None


class Order(Stored):
    """An order that was placed. Without a booking it failed, or its first workflow still runs."""

    fingerprint: str
    booking: Booking | None = None


ORDER = Kept("order", Versioned(Order))


@service.handler(input_serde=Json(Place), output_serde=Json(Placed))
async def place(ctx: ObjectContext, request: Place) -> Placed:
    """Registers an order and quotes it. Each workflow asks once, so an order already here comes from an earlier one.

    Raises 409 `order_settled` if that one failed or asked for something else, 404 for an unknown event or seat.
    """
    order = await ORDER.read(ctx)
    if order is None:
        ORDER.write(ctx, Order(fingerprint=request.fingerprint))
        terms = await ctx.object_call(event.get, request.event_id, Nothing())
        if request.seat_id not in terms.seats:
            raise refuse("unknown_seat", "the event has no such seat")
        quote = Quote(price_cents=terms.price_cents, currency=terms.currency, hold_ms=terms.hold_ms, round=terms.round)
        return Placed(quote=quote)
    if order.booking is None or order.fingerprint != request.fingerprint:
        raise refuse("order_settled", "this order id was used before")
    return Placed(booking=order.booking)


@service.handler(kind="shared", input_serde=Json(Nothing), output_serde=Json(Found))
async def get(ctx: ObjectSharedContext, _: Nothing) -> Found:
    """What became of the order, if it became a booking."""
    order = await ORDER.read(ctx)
    return Found(booking=order.booking if order else None)


@service.handler(input_serde=Json(Booking))
async def settle(ctx: ObjectContext, booking: Booking) -> None:
    """The order became a booking."""
    order = await ORDER.read(ctx)
    assert order is not None, "an order is placed before it is booked"
    ORDER.write(ctx, order.model_copy(update={"booking": booking}))
