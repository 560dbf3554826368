"""The gateway's client: what each answer means for the order."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from types import SimpleNamespace

import httpx
import pytest
import respx
from restate import TerminalError
from restate.exceptions import RetryableError

from services import payment
from services.outbound import Unclear
from services.settings import settings

GATEWAY = "http://gateway.test/v1"
ORDER = payment.ChargeRequest(
    order_id="o1", amount_cents=4200, currency="EUR", payment_token="tok_CANARY", mode="direct"
)


async def charge(request: payment.ChargeRequest = ORDER, left_ms: int = 60_000) -> payment.Charge:
    return await payment.charge(key="charge:o1", request=request, deadline_ms=int(time.time() * 1000) + left_ms)


@respx.mock
async def test_a_captured_charge() -> None:
    route = respx.post(f"{GATEWAY}/charges").respond(200, json={"charge_id": "ch_1", "status": "captured"})
    assert await charge() == payment.Charge(charge_id="ch_1", status="captured")
    request = route.calls.last.request
    assert request.headers["idempotency-key"] == "charge:o1"
    assert json.loads(request.content) == {
        "order_id": "o1",
        "amount_cents": 4200,
        "currency": "EUR",
        "payment_token": "tok_CANARY",
        "mode": "direct",
    }


@respx.mock
@pytest.mark.parametrize(
    ("status", "answer", "code", "ends_as"),
    [
        (402, {"code": "card_declined"}, "declined", 402),
        (200, {"charge_id": "ch_1", "status": "refunded"}, "order_settled", 409),
        (409, {"code": "key_barred"}, "order_settled", 409),
        (409, {"code": "key_reused"}, "order_settled", 409),
        (422, {"code": "bad_amount"}, "gateway_refused", 502),
        (400, {"code": "invalid"}, "gateway_refused", 502),
        (404, {"code": "not_found"}, "gateway_refused", 502),
    ],
)
async def test_answers_that_end_the_order(status: int, answer: object, code: str, ends_as: int) -> None:
    respx.post(f"{GATEWAY}/charges").respond(status, json=answer)
    with pytest.raises(TerminalError) as end:
        await charge()
    assert end.value.message.startswith(f"{code}: ")
    assert end.value.status_code == ends_as
    assert "CANARY" not in end.value.message


@respx.mock
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (202, {"charge_id": "ch_1", "status": "pending"}),
        (200, {"charge_id": "ch_1", "status": "failed"}),
        (200, {"charge_id": "ch_1"}),
        (200, {"status": "captured"}),
        (200, {"charge_id": "", "status": "captured"}),
        (200, {"charge_id": "c" * 201, "status": "captured"}),
        (204, None),
        (409, {"code": "in_progress"}),
        (409, {"code": "busy"}),
        (409, None),
        (402, None),
        (404, {"error": "no route"}),
        (500, None),
        (503, {"charge_id": "ch_1", "status": "captured"}),
    ],
)
async def test_answers_that_leave_it_open(status: int, answer: object) -> None:
    respx.post(f"{GATEWAY}/charges").respond(status, json=answer)
    with pytest.raises(Unclear):
        await charge()


async def test_the_webhook_goes_to_the_ingress_as_this_process_knows_it(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("NEXUS_RESTATE_INGRESS_URL", "http://ingress.test/")
    settings.cache_clear()
    assert (await payment.webhook(order_id="o1")).url == "http://ingress.test/Checkout/o1/payment_result"


@respx.mock
async def test_a_pending_charge_is_an_answer_in_webhook_mode() -> None:
    respx.post(f"{GATEWAY}/charges").respond(202, json={"charge_id": "ch_1", "status": "pending"})
    webhook = ORDER.model_copy(update={"mode": "webhook", "webhook_url": "http://ingress.test/x"})
    assert (await charge(webhook)).status == "pending"


@respx.mock
async def test_past_the_deadline_nothing_is_asked() -> None:
    route = respx.post(f"{GATEWAY}/charges").respond(200, json={"charge_id": "ch_1", "status": "captured"})
    with pytest.raises(TerminalError, match="unpaid: ") as end:
        await charge(left_ms=0)
    assert end.value.status_code == 408
    assert not route.called


@respx.mock
async def test_a_retry_after_within_the_hold_is_honoured() -> None:
    respx.post(f"{GATEWAY}/charges").respond(429, headers={"retry-after": "30"})
    with pytest.raises(RetryableError):
        await charge(left_ms=60_000)


@respx.mock
async def test_a_retry_after_beyond_the_hold_ends_it() -> None:
    respx.post(f"{GATEWAY}/charges").respond(429, headers={"retry-after": "90"})
    with pytest.raises(TerminalError, match="unpaid: "):
        await charge(left_ms=60_000)


async def outcome(left_ms: int = 60_000) -> payment.Outcome:
    return await payment.outcome(order_id="o1", charge_id="ch_1", deadline_ms=int(time.time() * 1000) + left_ms)


def charges(status: str) -> dict[str, object]:
    other = {"charge_id": "ch_0", "status": "captured", "amount_cents": 1}
    return {"charges": [other, {"charge_id": "ch_1", "status": status, "amount_cents": 4200}]}


@respx.mock
@pytest.mark.parametrize("left_ms", [60_000, 0])
async def test_a_pending_charge_that_was_captured(left_ms: int) -> None:
    route = respx.get(f"{GATEWAY}/charges").respond(200, json=charges("captured"))
    assert await outcome(left_ms) == payment.Outcome()
    assert route.calls.last.request.url.params["order_id"] == "o1"


@respx.mock
@pytest.mark.parametrize(
    ("status", "answer", "left_ms", "code"),
    [
        (200, charges("failed"), 60_000, "declined"),
        (200, charges("refunded"), 60_000, "order_settled"),
        (400, {"code": "invalid"}, 60_000, "gateway_refused"),
        (403, None, 0, "unpaid"),
        (200, charges("pending"), 0, "unpaid"),
        (200, {"charges": []}, 0, "unpaid"),
        (200, {}, 0, "unpaid"),
        (500, None, 0, "unpaid"),
        (429, None, 0, "unpaid"),
    ],
)
async def test_a_pending_charge_that_comes_to_nothing(status: int, answer: object, left_ms: int, code: str) -> None:
    respx.get(f"{GATEWAY}/charges").respond(status, json=answer)
    with pytest.raises(TerminalError, match=f"^{code}: "):
        await outcome(left_ms)


@respx.mock
@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, charges("pending")), (200, charges("lost")), (200, {"charges": []}), (200, {}), (500, None)],
)
async def test_a_pending_charge_of_which_nothing_is_known_yet(status: int, answer: object) -> None:
    respx.get(f"{GATEWAY}/charges").respond(status, json=answer)
    with pytest.raises(Unclear):
        await outcome()


@respx.mock
async def test_a_retry_after_within_the_time_is_honoured_when_asking_too() -> None:
    respx.get(f"{GATEWAY}/charges").respond(503, headers={"retry-after": "30"})
    with pytest.raises(RetryableError) as later:
        await outcome(left_ms=60_000)
    assert later.value.retry_after == timedelta(seconds=30)


@respx.mock
async def test_a_retry_after_does_not_put_off_the_last_question() -> None:
    respx.get(f"{GATEWAY}/charges").respond(503, headers={"retry-after": "90"})
    with pytest.raises(RetryableError) as later:
        await outcome(left_ms=60_000)
    assert later.value.retry_after is not None
    assert later.value.retry_after <= timedelta(seconds=60)


@respx.mock
async def test_a_retry_after_whose_answer_took_until_the_deadline_is_asked_again_at_once(
    environment: pytest.MonkeyPatch,
) -> None:
    clock = SimpleNamespace(time=lambda: clock.now, now=time.time())
    environment.setattr(payment, "time", clock)

    def late(_: httpx.Request) -> httpx.Response:
        clock.now += 90
        return httpx.Response(503, headers={"retry-after": "30"})

    respx.get(f"{GATEWAY}/charges").mock(side_effect=late)
    with pytest.raises(RetryableError) as later:
        await outcome(left_ms=60_000)
    assert later.value.retry_after == timedelta(milliseconds=1)


@respx.mock
@pytest.mark.parametrize("outcome", ["refunded", "barred"])
async def test_a_void(outcome: str) -> None:
    route = respx.post(f"{GATEWAY}/voids").respond(200, json={"outcome": outcome})
    assert (await payment.void(key="charge:o1")).outcome == outcome
    assert json.loads(route.calls.last.request.content) == {"idempotency_key": "charge:o1"}


@respx.mock
async def test_a_refund() -> None:
    route = respx.post(f"{GATEWAY}/refunds").respond(200, json={"refund_id": "re_1"})
    assert await payment.refund(key="refund:o1", charge_id="ch_1") == payment.Refunded(refund_id="re_1")
    request = route.calls.last.request
    assert request.headers["idempotency-key"] == "refund:o1"
    assert json.loads(request.content) == {"charge_id": "ch_1"}


@respx.mock
async def test_already_refunded_is_done() -> None:
    respx.post(f"{GATEWAY}/refunds").respond(409, json={"code": "already_refunded"})
    assert await payment.refund(key="refund:o1", charge_id="ch_1") == payment.Refunded(refund_id=None)


@respx.mock
@pytest.mark.parametrize("path", ["voids", "refunds"])
@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_compensation_that_is_refused_ends(path: str, status: int) -> None:
    respx.post(f"{GATEWAY}/{path}").respond(status, json={"code": "unknown_charge"})
    with pytest.raises(TerminalError, match=f"gateway_refused: POST /v1/{path} answered {status} unknown_charge"):
        await compensation(path)


async def compensation(path: str) -> object:
    return await (
        payment.void(key="charge:o1") if path == "voids" else payment.refund(key="refund:o1", charge_id="ch_1")
    )
