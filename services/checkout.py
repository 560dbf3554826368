"""Checkout, one order from the seat to the e-mail: reserve, charge, confirm, tell - or undo what was done."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import restate
from restate import RunOptions, TerminalError, Workflow, WorkflowContext, WorkflowSharedContext

from services import notifications, orders, outbound, payment, ticket, undo
from services.errors import refuse
from services.orders import Booking, Quote
from services.saga import FATE, PROGRESS, Fate, Order, Progress, Saga, decide, insist, is_cancelled, seen
from services.schema import Message, Name, Nothing, OrderUuid
from services.serde import Json, guard
from services.settings import settings

service = Workflow("Checkout", invocation_context_managers=[guard("order_id", OrderUuid)])


class PaymentResult(Message):
    """The gateway's webhook, or what somebody wants to be taken for it."""

    charge_id: Name
    outcome: Literal["succeeded", "failed"]
    reason: Name | None = None


class Cancelled(Message):
    accepted: bool


@service.main(input_serde=Json(Order), output_serde=Json(Booking))
async def run(ctx: WorkflowContext, order: Order) -> Booking:
    """Books one seat for one order, or leaves neither a hold nor a charge behind."""
    saga = Saga(ctx, order)
    saga.enter("RESERVING")
    try:
        return await book(saga)
    except TerminalError as error:
        raise await fail(saga, error) from None


@service.handler(input_serde=Json(Nothing), output_serde=Json(Progress))
async def status(ctx: WorkflowSharedContext, _: Nothing) -> Progress:
    """How far the order is, how it ended, and what was undone."""
    progress = await seen(ctx)
    if progress is None:
        raise refuse("unknown_order", "no order of this id was placed")
    return progress


@service.handler(input_serde=Json(PaymentResult))
async def payment_result(ctx: WorkflowSharedContext, _: PaymentResult) -> None:
    """A hint that it is time to ask the gateway, whoever sends it: what it says is not looked at."""
    progress = await PROGRESS.read(ctx)
    if progress and progress.stage in ("RESERVING", "PAYING"):
        try:
            await ctx.promise("payment_result", type_hint=bool).resolve(True)
        except TerminalError:
            return  # one hint is enough


@service.handler(input_serde=Json(Nothing), output_serde=Json(Cancelled))
async def cancel(ctx: WorkflowSharedContext, _: Nothing) -> Cancelled:
    """Calls the order off, also before it was placed, unless it is confirming or over."""
    register = await ctx.object_call(orders.get, ctx.key(), Nothing())
    if register.booking:  # of a workflow that Restate may have forgotten
        return Cancelled(accepted=False)
    fate = await decide(ctx, Fate(decision="cancel"))
    return Cancelled(accepted=fate.decision == "cancel")


async def book(saga: Saga) -> Booking:
    """The way forward. Raises the terminal error of the step that failed."""
    ctx, order = saga.ctx, saga.order
    wanted = orders.Place(fingerprint=order.fingerprint(), event_id=order.event_id, seat_id=order.seat_id)
    placed = await ctx.object_call(orders.place, saga.order_id, wanted)
    if placed.booking:
        saga.enter("CONFIRMED", charge_id=placed.booking.charge_id)
        return placed.booking
    assert placed.quote
    quote = placed.quote
    reserve = ticket.Reserve(user_id=order.user_id, order_id=saga.order_id, hold_ms=quote.hold_ms)
    held = await ctx.object_call(ticket.reserve, saga.ticket, reserve)

    if await is_cancelled(ctx):
        raise cancelled()
    charge_id = None
    if not is_free(quote):
        saga.enter("PAYING")
        charge_id = await pay(saga, quote, held.expires_at_ms)

    if not await saga.may_confirm(charge_id):
        raise cancelled()
    await confirm(saga, held.round)

    booking = Booking(
        order_id=saga.order_id,
        event_id=order.event_id,
        seat_id=order.seat_id,
        round=held.round,
        amount_cents=quote.price_cents,
        charge_id=charge_id,
    )
    ctx.object_send(orders.settle, saga.order_id, booking)
    ctx.object_send(
        notifications.notify,
        order.user_id,
        notifications.Notify(
            notification_id=saga.order_id, kind="booking_confirmed", order_id=saga.order_id, to=order.user_id
        ),
    )
    saga.enter("CONFIRMED")
    return booking


def is_free(quote: Quote) -> bool:
    """Whether there is nothing to pay: then the gateway, which takes no charge of nothing, is never asked."""
    return quote.price_cents == 0


async def pay(saga: Saga, quote: Quote, deadline_ms: int) -> str:
    """Captures the price before the hold ends; returns the charge's id."""
    request = payment.ChargeRequest(
        order_id=saga.order_id,
        amount_cents=quote.price_cents,
        currency=quote.currency,
        payment_token=saga.order.payment_token,
        mode=saga.order.payment,
    )
    if request.mode == "webhook":
        request = request.model_copy(update={"webhook_url": await webhook_url(saga)})
    charged = await saga.ctx.run_typed(
        "charge",
        payment.charge,
        outbound.retrying(payment.Charge),
        key=saga.charge_key,
        request=request,
        deadline_ms=deadline_ms,
    )
    if charged.status == "pending":
        await wait_for_payment(saga, charged.charge_id, deadline_ms)
    return charged.charge_id


async def webhook_url(saga: Saga) -> str:
    """Where the gateway is to tell of the charge: journaled, since another process may know the ingress by another
    address, and a key that comes back with another body is refused.
    """
    options = RunOptions(serde=Json(payment.Webhook))
    return (await saga.ctx.run_typed("webhook_url", payment.webhook, options, order_id=saga.order_id)).url


async def wait_for_payment(saga: Saga, charge_id: str, deadline_ms: int) -> None:
    """Until the gateway, asked after a hint or when the time is up, says that the charge was captured."""
    ctx = saga.ctx
    now_ms = int(await ctx.time() * 1000)
    deadline_ms = min(deadline_ms, now_ms + settings().payment_timeout_s * 1000)
    hint = ctx.promise("payment_result", type_hint=bool).value()
    called_off = ctx.promise("fate", FATE).value()
    time_up = ctx.sleep(timedelta(milliseconds=max(0, deadline_ms - now_ms)))
    first, _ = await restate.select(hint=hint, called_off=called_off, time_up=time_up)
    if first == "called_off":
        raise cancelled()
    await ctx.run_typed(
        "outcome",
        payment.outcome,
        outbound.retrying(payment.Outcome),
        order_id=saga.order_id,
        charge_id=charge_id,
        deadline_ms=deadline_ms,
    )


async def confirm(saga: Saga, round_: int) -> None:
    """Sells the seat to this order. Raises 409 `not_held` if it is no longer held for it."""
    request = ticket.Confirm(order_id=saga.order_id, round=round_)
    await insist(lambda: saga.ctx.object_call(ticket.confirm, saga.ticket, request))


async def fail(saga: Saga, error: TerminalError) -> TerminalError:
    """Undoes what was done; returns the error the order ends with."""
    steps = undo.to_undo(saga.progress.stage, error)
    if saga.progress.stage == "CONFIRMING" and not saga.progress.charge_id:
        steps.remove("refund")  # nothing was paid; that the seat is `not_held` is all there is to tell
    elif saga.progress.stage == "CONFIRMING":
        error = refuse("refunded", "the payment was captured but the seat could not be confirmed")
    elif (await decide(saga.ctx, Fate(decision="fail"))).decision == "cancel":
        error = cancelled()
    await undo.undo(saga, steps, error)
    return error


def cancelled() -> TerminalError:
    return refuse("cancelled", "the order was called off")
