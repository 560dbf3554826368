"""An operator cancels an order's invocation, and again: wherever that meets it, seat and money go the same way."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from chaos.machine.toolchain import Tools
from chaos.plan.spec import StackSpec
from chaos.stack.stack import Stack
from chaos.waiting import NotYet, until
from tests.stacks import stack_of

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
EVENT = {"seats": ["A1"], "price_cents": 4_200, "currency": "EUR"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tools: Tools) -> AsyncIterator[Stack]:
    async with stack_of(tools, StackSpec(endpoints=1)) as stack:
        yield stack


async def call(stack: Stack, path: str, body: object = None) -> httpx.Response:
    return await stack.http.post(f"{stack.ingress.url}/{path}", json=body, timeout=60)


async def invocation_of(stack: Stack, order: str) -> str:
    """The order's invocation, once its charge is captured and not answered."""

    async def captured() -> None:
        if not any(rule["holding"] for rule in await stack.party("gateway").rules()):
            raise NotYet("nothing is held")

    await until(captured, "the charge to be held", 30)
    sql = f"select id from sys_invocation where target_service_key = '{order}' and target_handler_name = 'run'"
    return str((await stack.journal.query(sql))[0]["id"])


async def cancel(stack: Stack, invocation: str, times: int) -> None:
    for _ in range(times):
        answer = await stack.http.patch(f"{stack.admin.url}/invocations/{invocation}/cancel")
        assert answer.status_code in (202, 404, 409)  # it may have ended meanwhile


@pytest.mark.parametrize("when", ["paying", "going on"])
@pytest.mark.parametrize("times", [1, 2, 3, 5])
async def test_a_seat_is_sold_exactly_to_who_paid_for_it(stack: Stack, times: int, when: str) -> None:
    event, order = f"{when}-{times}", str(uuid.uuid4())
    assert (await call(stack, f"Event/{event}/open", EVENT)).is_success
    match = {"method": "POST", "path": "/v1/charges", "case": order}
    held = await stack.party("gateway").add_rule({"match": match, "action": {"do": "hold", "point": "after_effect"}})
    body = {"user_id": "ann", "event_id": event, "seat_id": "A1", "payment_token": "tok_ok_1", "payment": "direct"}
    async with asyncio.TaskGroup() as group:
        booking = group.create_task(call(stack, f"Checkout/{order}/run", body))
        invocation = await invocation_of(stack, order)
        await cancel(stack, invocation, times if when == "paying" else 0)
        await stack.party("gateway").remove_rule(held)
        await cancel(stack, invocation, times if when == "going on" else 0)
    status = (await call(stack, f"Checkout/{order}/status")).json()
    seat = (await call(stack, f"Ticket/{event}:A1/get")).json()["status"]
    effects = [row.effect async for row in stack.party("gateway").ledger(0) if row.case == order]
    owed = {each["name"] for each in status["compensations"] if each["outcome"] == "failed"}
    assert status["stage"] == ("CONFIRMED" if booking.result().is_success else "FAILED")
    if status["stage"] == "CONFIRMED":
        assert (seat, effects.count("capture"), effects.count("refund")) == ("SOLD", 1, 0)
    else:
        assert seat == "AVAILABLE" or (seat == "RESERVED" and "release" in owed)
        assert effects.count("capture") == effects.count("refund") or owed & {"void", "refund"}
