"""Webhooks go by the ingress link: one that is lost with it is no loss, since its order asks when its time is up."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from booking.settings import BookingSettings
from chaos.evidence.ledger import LedgerRow
from chaos.machine.toolchain import Tools
from chaos.plan.spec import StackSpec
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until
from tests.stacks import stack_of

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
EVENT = {"seats": ["A1"], "price_cents": 4_200, "currency": "EUR"}
ORDER = {"user_id": "ann", "event_id": "e1", "seat_id": "A1", "payment_token": "tok_ok_1", "payment": "webhook"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tools: Tools) -> AsyncIterator[Stack]:
    """An order waits a second for its webhook."""
    async with stack_of(tools, StackSpec(endpoints=1, settings=BookingSettings(payment_timeout_s=1))) as stack:
        yield stack


async def call(stack: Stack, path: str, body: object) -> httpx.Response:
    """Calls Restate itself, past the link."""
    return await stack.http.post(f"{stack.ingress.url}/{path}", json=body, timeout=60)


async def test_a_webhook_is_lost_with_the_ingress_link_and_its_order_is_not(stack: Stack) -> None:
    assert (await call(stack, "Event/e1/open", EVENT)).is_success
    order = str(uuid.uuid4())
    rows: list[LedgerRow] = []

    async def told() -> LedgerRow:
        rows[:] = [row async for row in stack.party("gateway").ledger(0)]
        return next((row for row in rows if row.kind == "webhook"), None) or _not_yet(len(rows))

    await stack.toxiproxy.disable("ingress")
    async with asyncio.TaskGroup() as group:
        booking = group.create_task(call(stack, f"Checkout/{order}/run", ORDER))
        lost = await until(told, "the webhook", 30)
    assert (lost.status, lost.detail) == (None, "succeeded, not delivered: ConnectError")
    assert booking.result().json()["status"] == "CONFIRMED"
    await told()
    assert [row.case for row in rows if (row.kind, row.method) == ("arrival", "GET")] == [order]
    hints = await stack.journal.query("select id from sys_invocation where target_handler_name = 'payment_result'")
    assert hints == []


def _not_yet(seen: object) -> LedgerRow:
    raise NotYet(seen)
