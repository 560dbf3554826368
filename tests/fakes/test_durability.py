"""A fake that is killed: what it answered is in the ledger, what it knew it knows again, and its faults stay on."""

from __future__ import annotations

import asyncio
import signal

import httpx
import pytest

from tests.fakes.running import Running, Start

pytestmark = pytest.mark.integration
CLIENTS = 32


async def test_every_answered_capture_survives_kill_9_and_is_not_repeated(start: Start) -> None:
    gateway = await start()
    answered: dict[str, str] = {}  # order → charge_id, as the clients were told

    async def client(number: int) -> None:
        for turn in range(1_000):
            order = f"o-{number}-{turn}"
            answer = await gateway.charge(order)
            answered[order] = answer.json()["charge_id"]
            if len(answered) == 300:
                gateway.process.send_signal(signal.SIGKILL)

    ends = await asyncio.gather(*(client(number) for number in range(CLIENTS)), return_exceptions=True)
    assert all(isinstance(end, httpx.TransportError) for end in ends), ends
    await gateway.end(signal.SIGKILL)
    rows = gateway.read()
    captured = {row.case: row.charge_id for row in rows if row.effect == "capture"}
    assert len(answered) >= 300
    assert answered.items() <= captured.items()
    arrivals = {row.row for row in rows if row.kind == "arrival"}
    assert {row.attempt for row in rows} == arrivals

    again = await start("gateway", gateway.file)
    repeated = await asyncio.gather(*(again.charge(str(order)) for order in captured))
    assert {order: answer.json()["charge_id"] for order, answer in zip(captured, repeated, strict=True)} == captured
    assert len(await again.rows(effect="capture")) == len(captured)


async def test_a_restarted_gateway_remembers_bars_refunds_and_attempt_numbers(start: Start) -> None:
    gateway = await start()
    charge_id = (await gateway.charge("o1")).json()["charge_id"]
    refund = await _refund(gateway, charge_id)
    await gateway.data.post("/v1/voids", json={"idempotency_key": "charge:o2"})
    await gateway.end(signal.SIGKILL)

    again = await start("gateway", gateway.file)
    assert (await _refund(again, charge_id)).json() == refund.json()
    assert (await again.charge("o1")).json() == {"charge_id": charge_id, "status": "refunded"}
    assert (await again.charge("o1", amount_cents=1)).json()["code"] == "key_reused"
    assert (await again.charge("o2")).json()["code"] == "key_barred"
    numbers = [row.number for row in await again.rows(kind="arrival", key="charge:o1")]
    assert numbers == [1, 2, 3]


async def test_a_fault_stays_on_with_its_hits_when_the_gateway_is_killed_in_the_middle(start: Start) -> None:
    gateway = await start()
    rule = await gateway.rule({"do": "accept_then_fail"}, times=2)
    assert (await gateway.charge("o1")).status_code == 503
    await gateway.end(signal.SIGKILL)

    again = await start("gateway", gateway.file)
    assert await again.hits(rule) == 1
    assert [(await again.charge(order)).status_code for order in ("o2", "o3")] == [503, 200]


async def test_an_attempt_held_when_the_gateway_is_killed_has_no_end_in_the_ledger(start: Start) -> None:
    gateway = await start()
    await gateway.rule({"do": "hold", "point": "after_effect"}, times=1)
    answer = asyncio.create_task(gateway.charge())
    held = await gateway.first(kind="hold")
    await gateway.end(signal.SIGKILL)
    assert isinstance((await asyncio.gather(answer, return_exceptions=True))[0], httpx.TransportError)
    assert [row.kind for row in gateway.read()] == ["arrival", "effect", "hold"]

    again = await start("gateway", gateway.file)
    assert (await again.charge()).status_code == 200
    assert len(await again.rows(effect="capture")) == 1
    assert (await again.control.post(f"/release/{held.hold_id}")).json() == {"released": False}


async def test_a_stopped_gateway_ends_soon_drops_what_hangs_and_leaves_one_whole_file(start: Start) -> None:
    gateway = await start()
    await gateway.charge("o1")
    await gateway.rule({"do": "hold", "point": "before_effect"})
    answer = asyncio.create_task(gateway.charge("o2"))
    await gateway.first(kind="hold")
    assert await gateway.end(signal.SIGTERM) == 0
    assert isinstance((await asyncio.gather(answer, return_exceptions=True))[0], httpx.TransportError)
    last = gateway.read()[-1]
    assert (last.kind, last.detail) == ("drop", "the fake was stopped")
    assert [path.name for path in gateway.file.parent.glob(f"{gateway.file.name}*")] == [gateway.file.name]


async def test_tokens_stand_in_no_byte_of_the_file(start: Start) -> None:
    gateway = await start()
    await gateway.charge("o1")
    await gateway.data.post(
        "/v1/charges", headers={"idempotency-key": "k"}, content=b'{"payment_token": "tok_secret_canary"'
    )
    await gateway.end(signal.SIGKILL)
    content = b"".join(path.read_bytes() for path in gateway.file.parent.glob(f"{gateway.file.name}*"))
    assert b"charge:o1" in content
    assert b"tok_secret_canary" not in content
    assert b"a-token-for-tests-only" not in content


async def _refund(gateway: Running, charge_id: str) -> httpx.Response:
    return await gateway.data.post(
        "/v1/refunds", headers={"idempotency-key": "refund:o1"}, json={"charge_id": charge_id}
    )
