"""One order on its way: what it is, how far it has come, and whether it may still be cancelled."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Literal, TypeVar

from restate import TerminalError, WorkflowContext, WorkflowSharedContext

from services import logs, ticket
from services.errors import code_of
from services.schema import Message, Name, SeatId, Stored
from services.state import Kept, Versioned

log = logs.logger(__name__)

Stage = Literal["RESERVING", "PAYING", "CONFIRMING", "COMPENSATING", "CONFIRMED", "FAILED"]
Undo = Literal["void", "refund", "release"]

BY_OPERATOR = {"cancelled", "killed"}  # Restate's own words
T = TypeVar("T")


class Order(Message):
    """The input of `Checkout.run`."""

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


class Fate(Stored):
    """What an order came to. Confirming, failing and cancelling meet in this one promise: the first to come counts."""

    decision: Literal["confirm", "fail", "cancel"]
    charge_id: str | None = None


PROGRESS = Kept("order", Versioned(Progress))
FATE = Versioned(Fate)


class Saga:
    """The order inside its workflow."""

    def __init__(self, ctx: WorkflowContext, order: Order) -> None:
        self.ctx = ctx
        self.order = order
        self.order_id = ctx.key()
        self.ticket = ticket.key_of(order.event_id, order.seat_id)
        self.charge_key = f"charge:{self.order_id}"
        self.progress = Progress()

    def enter(self, stage: Stage, **facts: object) -> None:
        """Comes to a stage, where `status` can see it."""
        self.progress = self.progress.model_copy(update={"stage": stage, **facts})
        PROGRESS.write(self.ctx, self.progress)
        log.info("order %s: %s %s", self.order_id, stage, facts or "")

    async def may_confirm(self, charge_id: str | None) -> bool:
        """Begins confirming, from when on nobody can cancel; False if somebody did before."""
        fate = await decide(self.ctx, Fate(decision="confirm", charge_id=charge_id))
        if fate.decision == "cancel":
            return False
        # Not written to the state: the fate is, and `seen` reads it from there.
        self.progress = self.progress.model_copy(update={"stage": "CONFIRMING", "charge_id": charge_id})
        return True


async def decide(ctx: WorkflowContext | WorkflowSharedContext, fate: Fate) -> Fate:
    """Decides what becomes of the order unless that is decided; returns what counts."""
    promise = ctx.promise("fate", FATE)
    try:
        await insist(lambda: promise.resolve(fate))
    except TerminalError:
        decided = await insist(promise.peek)
        assert decided is not None, "a promise that refuses a value has one"
        return decided
    return fate


async def insist(ask: Callable[[], Awaitable[T]]) -> T:
    """Asks until there is an answer, where giving up would lose money and asking again is safe.

    An operator who cancels or kills an invocation ends what it waits for; what became of that is not known then.
    """
    while True:
        try:
            return await ask()
        except TerminalError as error:
            if code_of(error) not in BY_OPERATOR:
                raise


async def is_cancelled(ctx: WorkflowContext) -> bool:
    """Whether somebody cancelled the order so far."""
    fate = await ctx.promise("fate", FATE).peek()
    return fate is not None and fate.decision == "cancel"


async def seen(ctx: WorkflowSharedContext) -> Progress | None:
    """How far the order is, looked at from outside; None if it never began."""
    progress = await PROGRESS.read(ctx)
    if progress and progress.stage in ("RESERVING", "PAYING"):
        fate = await ctx.promise("fate", FATE).peek()
        if fate and fate.decision == "confirm":
            return progress.model_copy(update={"stage": "CONFIRMING", "charge_id": fate.charge_id})
    return progress
