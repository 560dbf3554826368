"""The way back of an order that failed: undo what was done, newest first, and say what could not be undone."""

from __future__ import annotations

from restate import TerminalError

from services import outbound, payment, ticket
from services.errors import code_of
from services.saga import Compensation, Problem, Saga, Stage, Undo
from services.settings import settings

# How an order ends that never got as far as a hold.
NOTHING_DONE = {"unknown_event", "unknown_seat", "seat_sold", "seat_reserved", "order_settled"}


def to_undo(stage: Stage, error: TerminalError) -> list[Undo]:
    """What an order that failed in a stage has to undo, newest first."""
    code = code_of(error)
    if stage == "RESERVING":
        return [] if code in NOTHING_DONE else ["release"]
    if stage == "CONFIRMING":
        return ["refund", "release"]
    # The charge may have been captured though its answer was lost, so its key is voided even after a plain no, and also
    # if it is used up (`order_settled`): no booking of this id stands, or the register would not have let us begin.
    return ["void", "release"]


async def undo(saga: Saga, steps: list[Undo], error: TerminalError) -> None:
    """Takes the steps and leaves the order FAILED with this error."""
    code, _, message = error.message.partition(": ")
    problem = Problem(code=code, message=message)
    if steps:
        saga.enter("COMPENSATING", error=problem)
    for step in steps:
        done = await compensate(saga, step)
        saga.enter("COMPENSATING", compensations=[*saga.progress.compensations, done])
    saga.enter("FAILED", error=problem)


async def compensate(saga: Saga, step: Undo) -> Compensation:
    """Undoes one step. Failing is an outcome too: the steps before it are to be undone all the same."""
    try:
        return Compensation(name=step, outcome="done", detail=await COMPENSATE[step](saga))
    except TerminalError as error:
        return Compensation(name=step, outcome="failed", detail=f"needs a person: {error.message}")


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
