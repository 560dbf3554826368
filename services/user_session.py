"""UserSession: a user's cart and orders, until the user has been idle for long enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from restate import ObjectContext, ObjectSharedContext, VirtualObject

from services import logs, order_watch
from services.errors import refuse
from services.saga import Order
from services.schema import LIST_ITEMS, Message, Name, Nothing, OrderUuid, SeatId, Stored
from services.serde import Json, guard
from services.settings import settings
from services.state import Kept, Versioned

log = logs.logger(__name__)
service = VirtualObject("UserSession", invocation_context_managers=[guard("user_id", Name)])


class Seat(Message):
    event_id: Name
    seat_id: SeatId


class Checkout(Message):
    payment_token: Name
    payment: Literal["direct", "webhook"] | None = None


class CheckedOut(Message):
    order_ids: list[str]


class Ended(Message):
    order_id: OrderUuid
    status: Literal["CONFIRMED", "FAILED"]


class Idle(Message):
    since: Name  # the activity after which nothing happened


class View(Message):
    cart: list[Seat]
    current_orders: list[str]
    past_orders: list[Ended]


class Session(Stored):
    """All that is known of a user who was here lately; `activity` names the last thing that happened."""

    cart: list[Seat] = []
    current_orders: list[str] = []
    past_orders: list[Ended] = []
    activity: str = ""


SESSION = Kept("session", Versioned(Session))


@service.handler(input_serde=Json(Seat))
async def add_to_cart(ctx: ObjectContext, seat: Seat) -> None:
    """Puts a seat into the cart; there is no second copy of it."""
    session = await load(ctx)
    if seat not in session.cart and len(session.cart) == LIST_ITEMS:
        raise refuse("invalid", f"cart: holds at most {LIST_ITEMS} seats")
    keep(ctx, session, cart=[*(other for other in session.cart if other != seat), seat])


@service.handler(input_serde=Json(Seat))
async def remove_from_cart(ctx: ObjectContext, seat: Seat) -> None:
    """Takes a seat out of the cart, if it is there."""
    session = await load(ctx)
    if seat in session.cart:
        keep(ctx, session, cart=[other for other in session.cart if other != seat])


@service.handler(input_serde=Json(Checkout), output_serde=Json(CheckedOut))
async def checkout(ctx: ObjectContext, request: Checkout) -> CheckedOut:
    """Orders every seat in the cart, each by an order of its own, and empties the cart."""
    session = await load(ctx)
    if not session.cart:
        raise refuse("empty_cart", "there is nothing in the cart")
    placed = []
    for seat in session.cart:
        order = Order(
            user_id=ctx.key(),
            event_id=seat.event_id,
            seat_id=seat.seat_id,
            payment_token=request.payment_token,
            payment=request.payment or "direct",
        )
        placed.append(str(ctx.uuid()))
        ctx.service_send(order_watch.follow, order_watch.Follow(order_id=placed[-1], order=order))
    keep(ctx, session, cart=[], current_orders=[*session.current_orders, *placed])
    return CheckedOut(order_ids=placed)


@service.handler(input_serde=Json(Ended), ingress_private=True)
async def order_ended(ctx: ObjectContext, ended: Ended) -> None:
    """An order is over. A session that was cleared meanwhile knows nothing of it, and stays so."""
    session = await load(ctx)
    if ended.order_id in session.current_orders:
        current = [order_id for order_id in session.current_orders if order_id != ended.order_id]
        keep(ctx, session, current_orders=current, past_orders=[*session.past_orders, ended][-LIST_ITEMS:])


@service.handler(input_serde=Json(Nothing))
async def clear(ctx: ObjectContext, _: Nothing) -> None:
    """Forgets the user."""
    ctx.clear_all()


@service.handler(input_serde=Json(Idle), ingress_private=True)
async def clear_if_idle(ctx: ObjectContext, idle: Idle) -> None:
    """The session's own timer, which every activity sets anew."""
    session = await load(ctx)
    if session.activity == idle.since:
        ctx.clear_all()
        log.info("idle session cleared")


@service.handler(kind="shared", input_serde=Json(Nothing), output_serde=Json(View))
async def get(ctx: ObjectSharedContext, _: Nothing) -> View:
    """The cart and the orders."""
    session = await load(ctx)
    return View(cart=session.cart, current_orders=session.current_orders, past_orders=session.past_orders)


async def load(ctx: ObjectContext | ObjectSharedContext) -> Session:
    return await SESSION.read(ctx) or Session()


def keep(ctx: ObjectContext, session: Session, **changes: object) -> None:
    """Stores a session in which something happened, and looks after it again when it may have become idle."""
    activity = str(ctx.uuid())
    SESSION.write(ctx, session.model_copy(update={**changes, "activity": activity}))
    idle = timedelta(milliseconds=settings().session_idle_ms)
    ctx.object_send(clear_if_idle, ctx.key(), Idle(since=activity), send_delay=idle)
