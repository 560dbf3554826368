"""Checkout, one order from the seat to the e-mail: reserve, charge, confirm, tell - or undo what was done."""

from __future__ import annotations

import hashlib
from typing import Literal

from restate import TerminalError, Workflow, WorkflowContext, WorkflowSharedContext

from services import event, logs, notifications, orders, outbound, payment, ticket
from services.errors import code_of, refuse
from services.orders import Booking
from services.schema import Message, Name, Nothing, OrderUuid, SeatId, Stored
from services.serde import Json, guard
from services.settings import settings

log = logs.logger(__name__)
service = Workflow("Checkout", invocation_context_managers=[guard("order_id", OrderUuid)])

Stage = Literal["RESERVING", "PAYING", "CONFIRMING", "COMPENSATING", "CONFIRMED", "FAILED"]
Undo = Literal["void", "refund", "release"]
# How an order ends that never got as far as a hold.
NOTHING_DONE = {"unknown_event", "unknown_seat", "seat_sold", "seat_reserved", "order_settled"}


class Run(Message):
    user_id: Name
    event_id: Name
    seat_id: SeatId
    payment_token: Name
    payment: Literal["direct", "webhook"]

    def fingerprint(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Problem(Stored):
    code: str
    message: str


class Compensation(Stored):
    name: Undo
    outcome: Literal["done", "failed"]
    detail: str


class Progress(Stored):
    """How far an order is; the workflow's state and the answer of `status`."""

    stage: Stage = "RESERVING"
    charge_id: str | None = None
    error: Problem | None = None
    compensations: list[Compensation] = []


PROGRESS = Json(Progress)


class Saga:
    """One order on its way: what it is, and how far it has come, which `status` can see at any time."""

    def __init__(self, ctx: WorkflowContext, order: Run) -> None:
        self.ctx = ctx
        self.order = order
        self.order_id = ctx.key()
        self.ticket = ticket.key_of(order.event_id, order.seat_id)
        self.charge_key = f"charge:{self.order_id}"
        self.progress = Progress()

    def enter(self, stage: Stage, **facts: object) -> None:
        self.progress = self.progress.model_copy(update={"stage": stage, **facts})
        self.ctx.set("order", self.progress, PROGRESS)
        log.info("order %s: %s %s", self.order_id, stage, facts or "")


@service.main(input_serde=Json(Run), output_serde=Json(Booking))
async def run(ctx: WorkflowContext, order: Run) -> Booking:
    """Books one seat for one order, or leaves neither a hold nor a charge behind."""
    saga = Saga(ctx, order)
    saga.enter("RESERVING")
    try:
        return await book(saga)
    except TerminalError as error:
        raise await undo(saga, error) from None


@service.handler(input_serde=Json(Nothing), output_serde=PROGRESS)
async def status(ctx: WorkflowSharedContext, _: Nothing) -> Progress:
    """How far the order is, how it ended, and what was undone."""
    progress = await ctx.get("order", PROGRESS)
    if progress is None:
        raise refuse("unknown_order", "no order of this id was placed")
    return progress


async def book(saga: Saga) -> Booking:
    """The way forward. Raises the terminal error of the step that failed."""
    ctx, order = saga.ctx, saga.order
    wanted = orders.Place(fingerprint=order.fingerprint(), event_id=order.event_id, seat_id=order.seat_id)
    placed = await ctx.object_call(orders.place, saga.order_id, wanted)
    if placed.booking:
        saga.enter("CONFIRMED", charge_id=placed.booking.charge_id)
        return placed.booking
    assert placed.terms
    terms = placed.terms
    reserve = ticket.Reserve(user_id=order.user_id, order_id=saga.order_id, hold_ms=terms.hold_ms)
    held = await ctx.object_call(ticket.reserve, saga.ticket, reserve)

    saga.enter("PAYING")
    charge_id = await pay(saga, terms, held.expires_at_ms)

    saga.enter("CONFIRMING", charge_id=charge_id)
    await confirm(saga, held.round)

    booking = Booking(
        order_id=saga.order_id,
        event_id=order.event_id,
        seat_id=order.seat_id,
        round=held.round,
        amount_cents=terms.price_cents,
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


async def pay(saga: Saga, terms: event.Terms, deadline_ms: int) -> str:
    """Captures the price before the hold ends; returns the charge's id."""
    request = payment.ChargeRequest(
        order_id=saga.order_id,
        amount_cents=terms.price_cents,
        currency=terms.currency,
        payment_token=saga.order.payment_token,
        mode=saga.order.payment,
    )
    charged = await saga.ctx.run_typed(
        "charge",
        payment.charge,
        outbound.retrying(payment.Charge),
        key=saga.charge_key,
        request=request,
        deadline_ms=deadline_ms,
    )
    return charged.charge_id


async def confirm(saga: Saga, round_: int) -> None:
    """Sells the seat to this order. Raises 409 `not_held` if it is no longer held for it."""
    request = ticket.Confirm(order_id=saga.order_id, round=round_)
    try:
        await saga.ctx.object_call(ticket.confirm, saga.ticket, request)
    except TerminalError as error:
        if code_of(error) == "not_held":
            raise
        # Cancelled or killed by an operator: whether the seat is ours is not known, and asking again is safe.
        await saga.ctx.object_call(ticket.confirm, saga.ticket, request)


async def undo(saga: Saga, error: TerminalError) -> TerminalError:
    """The way back: undoes what was done, newest first; returns the error the order ends with."""
    steps = to_undo(saga.progress.stage, error)
    if saga.progress.stage == "CONFIRMING":
        error = refuse("refunded", "the payment was captured but the seat could not be confirmed")
    code, _, message = error.message.partition(": ")
    problem = Problem(code=code, message=message)
    if steps:
        saga.enter("COMPENSATING", error=problem)
    for step in steps:
        done = await compensate(saga, step)
        saga.enter("COMPENSATING", compensations=[*saga.progress.compensations, done])
    saga.enter("FAILED", error=problem)
    return error


async def compensate(saga: Saga, step: Undo) -> Compensation:
    """Undoes one step. Failing is an outcome too: the steps before it are to be undone all the same."""
    try:
        return Compensation(name=step, outcome="done", detail=await COMPENSATE[step](saga))
    except TerminalError as error:
        return Compensation(name=step, outcome="failed", detail=f"needs a person: {error.message}")


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    """What an order that failed in a stage has to undo, newest first."""
    code = code_of(error)
    if stage == "RESERVING":
        return [] if code in NOTHING_DONE else ["release"]
    if stage == "CONFIRMING":
        return ["refund", "release"]
    # The charge may have been captured though its answer was lost, so its key is voided even after a plain no. But a
    # payment settled before belongs to an earlier order of this id, whose booking may stand: it is not ours to void.
    return ["release"] if code == "order_settled" else ["void", "release"]


async def void(saga: Saga) -> str:
    options = outbound.retrying(payment.Voided, max_attempts=settings().compensation_attempts)
    voided = await saga.ctx.run_typed("void", payment.void, options, key=saga.charge_key)
    return voided.outcome


async def refund(saga: Saga) -> str:
    assert saga.progress.charge_id
    options = outbound.retrying(payment.Refunded, max_attempts=settings().compensation_attempts)
    key = f"refund:{saga.order_id}"
    done = await saga.ctx.run_typed("refund", payment.refund, options, key=key, charge_id=saga.progress.charge_id)
    return done.refund_id or "already refunded"


async def release(saga: Saga) -> str:
    released = await saga.ctx.object_call(ticket.release, saga.ticket, ticket.Release(order_id=saga.order_id))
    return released.status


COMPENSATE = {"void": void, "refund": refund, "release": release}
