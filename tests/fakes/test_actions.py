"""Each rule action, against the real gateway over real sockets: what the client sees and what the ledger says."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from booking.gateway import Gateway
from booking.ledgers import GatewayRow
from chaos.fakes.fake import Fake
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.rules import parse_rules
from tests.fakes.running import Running, charge_body

pytestmark = pytest.mark.integration


async def kinds(gateway: Running) -> list[str]:
    """The ledger in short: the kind of each row, of an effect which."""
    return [row.effect or row.kind for row in await gateway.rows()]


async def give_up_at(kind: str, gateway: Running) -> None:
    """A client that asks for a charge and goes, unanswered, when the ledger has a row of this kind of it."""
    asked = asyncio.create_task(gateway.charge())
    await gateway.first(kind=kind)
    assert not asked.done()
    asked.cancel()
    await asyncio.wait({asked})


async def test_without_a_rule_an_attempt_is_arrival_effect_answer(gateway: Running) -> None:
    answer = await gateway.charge()
    assert answer.status_code == 200
    arrival, effect, answered = await gateway.rows()
    assert [row.kind for row in (arrival, effect, answered)] == ["arrival", "effect", "answer"]
    assert {row.attempt for row in (arrival, effect, answered)} == {arrival.row} == {1}
    assert (arrival.key, arrival.case, arrival.number, arrival.rule_id) == ("charge:o1", "o1", 1, None)
    assert arrival.connection
    assert arrival.connection.startswith("127.0.0.1:")
    assert (effect.charge_id, effect.amount_cents, effect.currency) == (answer.json()["charge_id"], 4200, "EUR")
    assert answered.status == 200


async def test_respond_answers_without_effect_for_the_first_attempts(gateway: Running) -> None:
    rule = await gateway.rule(
        {"do": "respond", "status": 503, "headers": {"Retry-After": "7"}, "body": {"code": "busy"}}, attempts="1-2"
    )
    first, second, third = [await gateway.charge() for _ in range(3)]
    assert (first.status_code, first.headers["retry-after"], first.json()) == (503, "7", {"code": "busy"})
    assert first.headers["content-type"] == "application/json"
    assert (second.status_code, third.status_code) == (503, 200)
    assert await kinds(gateway) == ["arrival", "answer"] * 2 + ["arrival", "capture", "answer"]
    assert [row.rule_id for row in await gateway.rows(kind="answer")] == [rule, rule, None]
    assert await gateway.hits(rule) == 2


@pytest.mark.parametrize("status", [200, 402, 429, 500, 204, 304])
async def test_respond_says_any_status(gateway: Running, status: int) -> None:
    await gateway.rule({"do": "respond", "status": status, "body": {"code": "x"}})
    answers = [await gateway.charge(), await gateway.charge()]  # twice: the connection stays good
    assert [answer.status_code for answer in answers] == [status, status]
    assert [row.status for row in await gateway.rows(kind="answer")] == [status, status]


async def test_respond_can_be_malformed_of_a_wrong_type_and_oversized(gateway: Running) -> None:
    await gateway.rule(
        {
            "do": "respond",
            "status": 200,
            "text": '{"charge_id": ',
            "headers": {"Content-Type": "text/html"},
            "pad_bytes": 2_000_000,
        }
    )
    answer = await gateway.charge()
    assert answer.headers["content-type"] == "text/html"
    assert len(answer.content) == 2_000_000 + len('{"charge_id": ')
    with pytest.raises(json.JSONDecodeError):
        answer.json()


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
async def test_delay_comes_before_or_after_the_effect(gateway: Running, point: str) -> None:
    await gateway.rule({"do": "delay", "point": point, "delay_ms": 400})
    assert (await gateway.charge()).status_code == 200
    arrival, effect, answered = await gateway.rows()
    delayed_ms = effect.at_ms - arrival.at_ms if point == "before_effect" else answered.at_ms - effect.at_ms
    assert delayed_ms >= 399  # at least: a lower bound does not depend on the machine's load


async def test_hang_never_answers_and_has_no_effect(gateway: Running) -> None:
    await gateway.rule({"do": "hang"})
    await give_up_at("arrival", gateway)
    dropped = await gateway.first(kind="drop")
    assert dropped.detail == "hung until the client went"
    assert await kinds(gateway) == ["arrival", "drop"]


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
async def test_hold_stops_at_its_point_until_released(gateway: Running, point: str) -> None:
    rule = await gateway.rule({"do": "hold", "point": point}, times=1)
    answer = asyncio.create_task(gateway.charge())
    held = await gateway.first(kind="hold")
    before = ["arrival", "hold"] if point == "before_effect" else ["arrival", "capture", "hold"]
    assert await kinds(gateway) == before
    assert held.rule_id == rule
    [shown] = (await gateway.control.get("/rules")).json()["rules"]
    assert (shown["hits"], shown["holding"]) == (1, [held.hold_id])
    assert (await gateway.control.post(f"/release/{held.hold_id}")).json() == {"released": True}
    assert (await answer).status_code == 200
    after = ["release", "capture", "answer"] if point == "before_effect" else ["release", "answer"]
    assert await kinds(gateway) == before + after
    assert (await gateway.control.post(f"/release/{held.hold_id}")).json() == {"released": False}
    assert (await gateway.control.post("/release/nobody-1")).status_code == 404


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
async def test_an_attempt_whose_hold_is_taken_away_before_it_gets_there_goes_on(point: str, tmp_path: Path) -> None:
    async with await LedgerStore.open(tmp_path / "ledger.sqlite", GatewayRow) as store:
        fake = Fake(Gateway("salt"), store, None, another_desk=lambda: Gateway("salt"))
        (rule,) = parse_rules(json.dumps({"rules": [{"id": "r1", "action": {"do": "hold", "point": point}}]}))
        await fake.set_rules([rule])
        matched = {"method": "POST", "path": "/v1/charges", "attempt": 1}
        await fake.set_rules([])
        async with asyncio.timeout(5):
            await fake.hold(rule.id, matched)
        assert fake.holding(rule.id) == []


async def test_while_a_captured_attempt_is_held_the_same_key_is_answered_from_the_charge(gateway: Running) -> None:
    await gateway.rule({"do": "hold", "point": "after_effect"}, times=1)
    first = asyncio.create_task(gateway.charge())
    held = await gateway.first(kind="hold")
    second = await gateway.charge()
    await gateway.control.post(f"/release/{held.hold_id}")
    assert (await first).json() == second.json()
    assert len(await gateway.rows(effect="capture")) == 1


async def test_an_attempt_held_before_its_effect_finds_what_others_did_meanwhile(gateway: Running) -> None:
    await gateway.rule({"do": "hold", "point": "before_effect"}, times=1)
    first = asyncio.create_task(gateway.charge())
    held = await gateway.first(kind="hold")
    voided = await gateway.data.post("/v1/voids", json={"idempotency_key": "charge:o1"})
    assert voided.json() == {"outcome": "barred"}
    await gateway.control.post(f"/release/{held.hold_id}")
    assert (await first).json()["code"] == "key_barred"
    assert not await gateway.rows(effect="capture")


async def test_a_held_attempt_takes_effect_on_release_though_its_client_went(gateway: Running) -> None:
    await gateway.rule({"do": "hold", "point": "before_effect"})
    await give_up_at("hold", gateway)
    held = await gateway.first(kind="hold")
    await gateway.control.post(f"/release/{held.hold_id}")
    assert (await gateway.first(kind="drop")).detail == "the client went"
    assert await kinds(gateway) == ["arrival", "hold", "release", "capture", "drop"]


@pytest.mark.parametrize("removal", ["delete", "replace"])
async def test_a_rule_that_is_gone_holds_nothing(gateway: Running, removal: str) -> None:
    rule = await gateway.rule({"do": "hold", "point": "before_effect"})
    answer = asyncio.create_task(gateway.charge())
    await gateway.first(kind="hold")
    if removal == "delete":
        await gateway.control.delete(f"/rules/{rule}")
    else:
        await gateway.control.put("/rules", json={"rules": []})
    assert (await answer).status_code == 200


@pytest.mark.parametrize("action", ["drop_before_effect", "drop_after_effect"])
async def test_a_drop_is_a_real_reset_also_on_a_kept_alive_connection(gateway: Running, action: str) -> None:
    content = json.dumps(charge_body()).encode()
    head = f"POST /v1/charges HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: {len(content)}\r\n\r\n"
    request = head.encode() + content
    await gateway.rule({"do": action}, attempts="2")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.data_port)
    writer.write(request.replace(b"key: k", b"key: j"))
    answered = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in answered
    writer.write(request.replace(b"key: k", b"key: j"))
    with pytest.raises(ConnectionResetError):  # a plain close would read as end of file
        await reader.read()
    writer.close()
    assert (await gateway.first(kind="drop")).detail == action
    assert len(await gateway.rows(effect="capture")) == 1


async def test_drop_before_effect_leaves_nothing_and_drop_after_effect_a_charge(gateway: Running) -> None:
    for action, charges in (("drop_before_effect", 0), ("drop_after_effect", 1)):
        await gateway.rule({"do": action})
        with pytest.raises(httpx.TransportError):
            await gateway.charge(action)
        listed = await gateway.rows(effect="capture", case=action)
        assert len(listed) == charges


async def test_accept_then_fail_has_charged(gateway: Running) -> None:
    await gateway.rule({"do": "accept_then_fail"}, attempts="1")
    first, second = await gateway.charge(), await gateway.charge()
    assert (first.status_code, second.status_code) == (503, 200)
    assert await kinds(gateway) == ["arrival", "capture", "answer", "arrival", "answer"]


async def test_slow_body_answers_truly_at_the_pace_asked(gateway: Running) -> None:
    await gateway.rule({"do": "slow_body", "bytes_per_s": 200})
    started = time.monotonic()
    async with gateway.data.stream(
        "POST", "/v1/charges", headers={"idempotency-key": "k"}, json=charge_body()
    ) as answer:
        pieces = [piece async for piece in answer.aiter_raw()]
    body = b"".join(pieces)
    assert json.loads(body)["status"] == "captured"
    assert len(pieces) > 2
    assert time.monotonic() - started >= (len(body) - 10) / 200


async def test_a_slow_body_ends_when_the_client_goes(gateway: Running) -> None:
    await gateway.rule({"do": "slow_body", "bytes_per_s": 1})
    await give_up_at("answer", gateway)
    await gateway.end()  # within its grace, though a minute of body is left


async def test_forget_keys_makes_duplicates(gateway: Running) -> None:
    rule = await gateway.rule({"do": "forget_keys"}, attempts="2")
    first, second, third = [await gateway.charge() for _ in range(3)]
    assert first.json()["charge_id"] != second.json()["charge_id"] == third.json()["charge_id"]
    listed = (await gateway.data.get("/v1/charges", params={"order_id": "o1"})).json()["charges"]
    assert [charge["status"] for charge in listed] == ["captured", "captured"]
    assert [row.rule_id for row in await gateway.rows(effect="forget")] == [rule]


async def test_rules_match_refunds_and_voids_by_the_order_of_their_charge(gateway: Running) -> None:
    charge_id = (await gateway.charge("o1")).json()["charge_id"]
    other_id = (await gateway.charge("o2")).json()["charge_id"]
    await gateway.rule({"do": "respond", "status": 500}, case="o1")

    async def refund(charge: str) -> int:
        answer = await gateway.data.post("/v1/refunds", headers={"idempotency-key": charge}, json={"charge_id": charge})
        return answer.status_code

    async def void(order: str) -> int:
        return (await gateway.data.post("/v1/voids", json={"idempotency_key": f"charge:{order}"})).status_code

    assert [await refund(charge_id), await refund(other_id)] == [500, 200]
    assert [await void("o1"), await void("o2")] == [500, 200]
    [row] = await gateway.rows(effect="refund")
    assert (row.case, row.charge_id, row.key) == ("o2", other_id, other_id)


async def test_attempts_are_counted_per_call_and_key(gateway: Running) -> None:
    for _ in range(2):
        await gateway.charge("o1")
    await gateway.charge("o2")
    await gateway.data.post("/v1/voids", json={"idempotency_key": "charge:o1"})
    await gateway.data.get("/v1/charges", params={"order_id": "o1"})
    numbers = [(row.path, row.key, row.number) for row in await gateway.rows(kind="arrival")]
    assert numbers == [
        ("/v1/charges", "charge:o1", 1),
        ("/v1/charges", "charge:o1", 2),
        ("/v1/charges", "charge:o2", 1),
        ("/v1/voids", "charge:o1", 1),
        ("/v1/charges", None, 1),
    ]


async def test_many_at_once_with_one_key_capture_once(gateway: Running) -> None:
    answers = await asyncio.gather(*(gateway.charge() for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["charge_id"] for answer in answers}) == 1
    assert len(await gateway.rows(effect="capture")) == 1
    assert sorted(row.number or 0 for row in await gateway.rows(kind="arrival")) == list(range(1, 51))


async def test_a_body_over_64_kb_is_413_and_the_connection_stays_good(gateway: Running) -> None:
    def padded(size: int) -> Any:
        return gateway.data.post("/v1/charges", headers={"idempotency-key": "k"}, content=b" " * size)

    assert (await padded(64 * 1024)).status_code == 422
    assert (await padded(64 * 1024 + 1)).status_code == 413
    assert (await padded(5_000_000)).json()["code"] == "too_large"
    assert [row.status for row in await gateway.rows(kind="answer")] == [422, 413, 413]


async def test_strange_requests_are_answered_and_stand_in_the_ledger(gateway: Running) -> None:
    answers = [
        await gateway.data.get("/nowhere"),
        await gateway.data.post("/v1/charges", headers={"idempotency-key": "x" * 300}, json=charge_body()),
        await gateway.data.post("/v1/charges", headers={"idempotency-key": "k"}, content=b'{"order_id": "\\ud800"}'),
        await gateway.data.get("/v1/charges", params={"order_id": "a\x00b"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 422, 422, 422]
    assert len(await gateway.rows(kind="arrival")) == len(answers)
