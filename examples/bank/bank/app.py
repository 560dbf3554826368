"""The app: accounts are objects, a transfer is a saga that an outside clearing house has to agree to."""

import os
from datetime import timedelta

import httpx
import restate
from restate import (
    ObjectContext,
    ObjectSharedContext,
    RunOptions,
    TerminalError,
    VirtualObject,
    Workflow,
    WorkflowContext,
)

account = VirtualObject("Account")
transfer = Workflow("Transfer")
RETRYING = RunOptions[None](initial_retry_interval=timedelta(milliseconds=100), max_retry_interval=timedelta(seconds=1))


async def balance_of(ctx: ObjectContext | ObjectSharedContext) -> int:
    return await ctx.get("cents", type_hint=int) or 0


@account.handler("open")
async def open_account(ctx: ObjectContext, cents: int) -> int:
    ctx.set("cents", cents)
    return cents


@account.handler()
async def withdraw(ctx: ObjectContext, cents: int) -> int:
    left = await balance_of(ctx) - cents
    if left < 0:
        raise TerminalError(f"short: {-left} cents are missing", 409)
    ctx.set("cents", left)
    return left


@account.handler()
async def deposit(ctx: ObjectContext, cents: int) -> int:
    cents += await balance_of(ctx)
    ctx.set("cents", cents)
    return cents


async def clear(transfer_id: str, payee: str, cents: int, key: str | None = None) -> None:
    """Asks the clearing house. A refusal is terminal; everything else is retried."""
    async with httpx.AsyncClient(base_url=os.environ["CLEARING_URL"], trust_env=False, timeout=2) as http:
        body = {"transfer_id": transfer_id, "payee": payee, "cents": cents}
        answer = await http.post("/v1/transfers", json=body, headers={"idempotency-key": key or transfer_id})
    if answer.status_code == httpx.codes.PAYMENT_REQUIRED:
        raise TerminalError("refused: the clearing house says no", 402)
    answer.raise_for_status()


async def give_back(ctx: WorkflowContext, payer: str, cents: int) -> None:
    await ctx.object_call(deposit, payer, cents)


@transfer.main()
async def run(ctx: WorkflowContext, order: dict) -> str:
    payer, payee, cents = order["payer"], order["payee"], order["cents"]
    await ctx.object_call(withdraw, payer, cents)
    try:
        await ctx.run_typed("clear", clear, RETRYING, transfer_id=ctx.key(), payee=payee, cents=cents)
    except TerminalError:
        await give_back(ctx, payer, cents)
        raise
    await ctx.object_call(deposit, payee, cents)
    return "done"


app = restate.app([account, transfer])
