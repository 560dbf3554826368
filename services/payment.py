"""The payment gateway's client: each function is one attempt, meant for a run that Restate repeats."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel
from restate.exceptions import RetryableError

from services.errors import refuse
from services.outbound import Reply, Unclear, ask
from services.schema import Name
from services.settings import settings

SETTLED = {"key_barred", "key_reused"}


class ChargeRequest(BaseModel):
    order_id: str
    amount_cents: int
    currency: str
    payment_token: str
    mode: Literal["direct", "webhook"]
    webhook_url: str | None = None


class Webhook(BaseModel):
    url: str


class Charge(Reply):
    charge_id: Name
    status: Literal["captured", "pending", "refunded"]


class ChargeSeen(Reply):
    charge_id: Name
    status: Literal["captured", "pending", "failed", "refunded"]


class Charges(Reply):
    charges: list[ChargeSeen]


class Outcome(BaseModel):
    captured: Literal[True] = True


class VoidRequest(BaseModel):
    idempotency_key: str


class Voided(Reply):
    outcome: Literal["refunded", "barred"]
    charge_id: Name | None = None


class RefundRequest(BaseModel):
    charge_id: str


class RefundReply(Reply):
    refund_id: Name


class Refunded(BaseModel):
    refund_id: str | None  # None: the money had gone back before, under another key


async def webhook(*, order_id: str) -> Webhook:
    """Where this process would have the gateway tell of an order's charge."""
    return Webhook(url=f"{settings().restate_ingress_url}/Checkout/{order_id}/payment_result")


async def charge(*, key: str, request: ChargeRequest, deadline_ms: int) -> Charge:
    """Asks for the money; the same key never captures twice.

    Raises terminally: 402 `declined`; 408 `unpaid` past the deadline; 409 `order_settled` if the key is used up; 502
    `gateway_refused`. Everything else leaves the outcome unknown and is to be repeated.

    The deadline (milliseconds since the epoch) stands here and not in the run's retry policy, because what is left of
    a hold shrinks from one attempt to the next, and must count the time in which no endpoint was there to try.
    """
    if _left(deadline_ms) <= timedelta(0):
        raise refuse("unpaid", "the payment did not succeed within the hold")
    try:
        answer = await ask("POST", settings().gateway_url, "/v1/charges", key=key, body=request)
    except RetryableError as later:
        if later.retry_after and later.retry_after >= _left(deadline_ms):
            raise refuse("unpaid", "the gateway asked to come back after the hold") from None
        raise
    if answer.ok:
        charged = answer.parse(Charge)
        if charged.status == "refunded":
            raise refuse("order_settled", "this order was charged and refunded before")
        if charged.status == "pending" and request.mode == "direct":
            raise Unclear(f"{answer.call}: still pending")
        return charged
    if answer.status == 402:
        raise refuse("declined", "the payment was declined")
    if answer.status == 409:
        if answer.code not in SETTLED:
            raise Unclear(f"{answer.call}: 409 {answer.code}")
        raise refuse("order_settled", "a payment under this order id was settled before")
    raise answer.refusal()


async def outcome(*, order_id: str, charge_id: str, deadline_ms: int) -> Outcome:
    """Asks whether a pending charge was captured, which only the gateway knows.

    Raises terminally: 402 `declined` if it failed; 409 `order_settled` if it was refunded; 408 `unpaid` if it is not
    captured past the deadline, at which it is asked a last time; 502 `gateway_refused`. Otherwise it is to be repeated.
    """
    last = _left(deadline_ms) <= timedelta(0)
    try:
        status = await _status_of(order_id, charge_id)
    except (Unclear, RetryableError) as error:
        if last:
            raise refuse("unpaid", "the gateway did not say in time whether the payment succeeded") from None
        if isinstance(error, RetryableError) and error.retry_after:
            # Not later than the deadline, to be there when it is asked last; the answer may have taken until then.
            error.retry_after = max(min(error.retry_after, _left(deadline_ms)), timedelta(milliseconds=1))
        raise
    if status == "captured":
        return Outcome()
    if status == "failed":
        raise refuse("declined", "the payment failed")
    if status == "refunded":
        raise refuse("order_settled", "this order was charged and refunded before")
    if last:
        raise refuse("unpaid", "the payment did not succeed in time")
    raise Unclear("GET /v1/charges: still pending")


async def _status_of(order_id: str, charge_id: str) -> str:
    answer = await ask("GET", settings().gateway_url, "/v1/charges", order_id=order_id)
    if not answer.ok:
        raise answer.refusal()
    for charge in answer.parse(Charges).charges:
        if charge.charge_id == charge_id:
            return charge.status
    raise Unclear(f"{answer.call}: without the charge")


async def void(*, key: str) -> Voided:
    """Settles the charge with this key, whatever became of it: refunds it if captured, else bars the key for good."""
    answer = await ask("POST", settings().gateway_url, "/v1/voids", body=VoidRequest(idempotency_key=key))
    if answer.ok:
        return answer.parse(Voided)
    raise answer.refusal()


async def refund(*, key: str, charge_id: str) -> Refunded:
    """Gives the money back; having been given back already counts as done."""
    answer = await ask("POST", settings().gateway_url, "/v1/refunds", key=key, body=RefundRequest(charge_id=charge_id))
    if answer.ok:
        return Refunded(refund_id=answer.parse(RefundReply).refund_id)
    if answer.status == 409 and answer.code == "already_refunded":
        return Refunded(refund_id=None)
    raise answer.refusal()


def _left(deadline_ms: int) -> timedelta:
    return timedelta(milliseconds=deadline_ms - time.time() * 1000)
