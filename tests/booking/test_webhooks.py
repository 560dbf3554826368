"""Webhook payments: pending, then settled, and the merchant told in each of the ways a rule can ask for."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.fakes.running import DEADLINE_S, Running, Start

pytestmark = pytest.mark.integration


class Merchant:
    """Receives webhooks and notes what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.called = asyncio.Condition()
        self.answers = asyncio.Event()  # while it is cleared the merchant listens and says nothing
        self.answers.set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/Checkout/o1/payment_result"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).lower().split(b"\r\n"):
                size = next(int(line.split(b":")[1]) for line in head if line.startswith(b"content-length:"))
                async with self.called:
                    self.told.append(json.loads(await reader.readexactly(size)))
                    self.called.notify_all()
                await self.answers.wait()
                writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()

    async def outcomes(self, count: int) -> list[str]:
        """What it was told, when that is `count` webhooks or more."""
        async with asyncio.timeout(DEADLINE_S), self.called:
            await self.called.wait_for(lambda: len(self.told) >= count)
        return [message["outcome"] for message in self.told]


@pytest.fixture
async def merchant() -> AsyncIterator[Merchant]:
    merchant = Merchant()
    async with await asyncio.start_server(merchant.serve, "127.0.0.1", 0) as server:
        merchant.port = server.sockets[0].getsockname()[1]
        yield merchant


async def pay(gateway: Running, url: str, **body: Any) -> httpx.Response:
    return await gateway.charge(mode="webhook", webhook_url=url, **body)


async def status(gateway: Running) -> list[str]:
    listed = (await gateway.data.get("/v1/charges", params={"order_id": "o1"})).json()["charges"]
    return [charge["status"] for charge in listed]


async def test_a_pending_charge_is_captured_and_the_merchant_told_once(gateway: Running, merchant: Merchant) -> None:
    answer = await pay(gateway, merchant.url)
    charge_id = answer.json()["charge_id"]
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    await merchant.outcomes(1)
    assert merchant.told == [{"charge_id": charge_id, "outcome": "succeeded"}]
    told = await gateway.first(kind="webhook")
    assert (told.charge_id, told.status, told.detail, told.attempt) == (charge_id, 202, "succeeded", 1)
    assert [row.effect or row.kind for row in await gateway.rows()] == [
        *("arrival", "pending", "answer", "capture", "webhook")
    ]
    [capture] = await gateway.rows(effect="capture")
    assert (capture.case, capture.amount_cents, capture.currency) == ("o1", 4200, "EUR")
    repeated = await pay(gateway, merchant.url)
    assert (repeated.status_code, repeated.json()) == (200, {"charge_id": charge_id, "status": "captured"})


async def test_a_declined_token_is_declined_at_once_and_nobody_is_told(gateway: Running, merchant: Merchant) -> None:
    assert (await pay(gateway, merchant.url, payment_token="tok_decline")).status_code == 402
    await pay(gateway, merchant.url, order="o2")
    await merchant.outcomes(1)
    assert [row.case for row in await gateway.rows(kind="webhook")] == ["o2"]


async def test_duplicated_tells_twice(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "duplicated"})
    await pay(gateway, merchant.url)
    assert await merchant.outcomes(2) == ["succeeded", "succeeded"]
    assert len(await gateway.rows(effect="capture")) == 1


async def test_out_of_order_ends_with_a_message_that_is_not_true(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "out_of_order"})
    await pay(gateway, merchant.url)
    assert await merchant.outcomes(2) == ["succeeded", "failed"]
    assert await status(gateway) == ["captured"]


async def test_a_payment_that_fails_is_402_from_then_on(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "once", "outcome": "failed"}, times=1)
    await pay(gateway, merchant.url)
    assert await merchant.outcomes(1) == ["failed"]
    assert merchant.told[0]["reason"] == "payment_failed"
    repeated = await pay(gateway, merchant.url)
    assert (repeated.status_code, repeated.json()["code"]) == (402, "payment_failed")
    assert await status(gateway) == ["failed"]


async def test_before_answer_tells_before_the_202_is_sent(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "before_answer"})
    assert (await pay(gateway, merchant.url)).status_code == 202
    assert [message["outcome"] for message in merchant.told] == ["succeeded"]
    kinds = [row.effect or row.kind for row in await gateway.rows()]
    assert kinds == ["arrival", "pending", "capture", "webhook", "answer"]


async def test_late_settles_at_once_and_tells_later(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "late", "delay_ms": 300})
    await pay(gateway, merchant.url)
    captured = await gateway.first(effect="capture")
    assert await merchant.outcomes(1) == ["succeeded"]
    assert (await gateway.first(kind="webhook")).at_ms - captured.at_ms >= 250


async def test_never_captures_and_tells_nobody(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "never"}, case="o1")
    await pay(gateway, merchant.url)
    await gateway.first(effect="capture")
    await pay(gateway, merchant.url, order="o2")
    await merchant.outcomes(1)
    assert [row.case for row in await gateway.rows(kind="webhook")] == ["o2"]


async def test_a_void_while_it_is_pending_wins(gateway: Running, merchant: Merchant) -> None:
    await gateway.rule({"do": "webhook", "deliver": "once", "settle_ms": 500}, times=1)
    await pay(gateway, merchant.url)
    assert await status(gateway) == ["pending"]
    voided = await gateway.data.post("/v1/voids", json={"idempotency_key": "charge:o1"})
    assert voided.json()["outcome"] == "barred"
    assert await merchant.outcomes(1) == ["failed"]
    assert not await gateway.rows(effect="capture")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/nobody", "http://[broken"])
async def test_a_merchant_that_cannot_be_reached_is_noted_and_not_asked_again(gateway: Running, url: str) -> None:
    await pay(gateway, url)
    told = await gateway.first(kind="webhook")
    assert told.status is None
    assert (told.detail or "").startswith("succeeded, not delivered: ")


@pytest.mark.parametrize("action", [{"do": "drop_after_effect"}, {"do": "accept_then_fail"}])
async def test_a_lost_202_does_not_keep_the_webhook_back(
    gateway: Running, merchant: Merchant, action: dict[str, Any]
) -> None:
    await gateway.rule(action)
    await asyncio.gather(pay(gateway, merchant.url), return_exceptions=True)
    assert await merchant.outcomes(1) == ["succeeded"]


async def test_a_restarted_gateway_tells_what_it_still_owes_and_not_what_it_told(
    start: Start, merchant: Merchant
) -> None:
    gateway = await start()
    done = (await pay(gateway, merchant.url, order="o2")).json()["charge_id"]
    await gateway.first(kind="webhook")
    merchant.answers.clear()
    owed = (await pay(gateway, merchant.url)).json()["charge_id"]
    await merchant.outcomes(2)
    await gateway.end(signal.SIGKILL)  # in the middle of its delivery
    merchant.answers.set()

    again = await start("gateway", gateway.file)
    await merchant.outcomes(3)
    assert [message["charge_id"] for message in merchant.told] == [done, owed, owed]
    assert len(await again.rows(effect="capture")) == 2
    assert (await again.first(kind="webhook", charge_id=owed)).status == 202
