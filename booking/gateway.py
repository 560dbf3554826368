"""The payment gateway's honest part: charges, refunds, voids and their idempotency, made of ledger rows."""

from __future__ import annotations

import secrets
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from booking.ledgers import GatewayChange, GatewayRow
from chaos.evidence.ledger import Effect
from chaos.fakes.exchange import Answer, Body, Invalid, Name, Request, fingerprint, refusal
from chaos.fakes.rules import Outcome

REFUNDS = "/v1/refunds"
DECLINED = "tok_decline"

Status = Literal["captured", "pending", "failed", "refunded"]
BECOMES: dict[Effect, Status] = {"capture": "captured", "pending": "pending", "fail": "failed", "refund": "refunded"}
HTTP_STATUS: dict[Status, int] = {"captured": 200, "refunded": 200, "pending": 202, "failed": 402}


class ChargeBody(Body):
    order_id: Name
    amount_cents: Annotated[int, Field(gt=0, lt=2**53)]
    currency: Name
    payment_token: Name
    mode: Literal["direct", "webhook"]
    webhook_url: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=2000)] | None = None

    @model_validator(mode="after")
    def _webhook_has_a_url(self) -> Self:
        if self.mode == "webhook" and self.webhook_url is None:
            raise ValueError("webhook_url is required in webhook mode")
        return self


class RefundBody(Body):
    charge_id: Name


class VoidBody(Body):
    idempotency_key: Name


@dataclass(frozen=True)
class Charge:
    """A charge as it stands now; `code` says why it failed."""

    charge_id: str
    order_id: str
    amount_cents: int
    currency: str
    status: Status
    fingerprint: str
    code: str | None = None


class Gateway:
    """Charges by id, key and order; refunds by key; barred keys."""

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._charges: dict[str, Charge] = {}
        self._by_key: dict[str, str] = {}  # the key a charge was made with → charge_id, as long as it is remembered
        self._by_order: dict[str, list[str]] = defaultdict(list)
        self._refunds: dict[str, tuple[str, str]] = {}  # the key a refund was made with → refund_id, charge_id
        self._barred: set[str] = set()  # keys of charges; what a key was used for, it is good for alone

    def identify(self, request: Request) -> tuple[str | None, str | None]:
        match request.method, request.path:
            case "POST", "/v1/refunds":
                charge = self._charges.get(request.peek("charge_id") or "")
                return request.key, charge.order_id if charge else None
            case "POST", "/v1/voids":
                key = request.peek("idempotency_key")
                charge = self._charge_of(key)
                return key, charge.order_id if charge else None
            case "GET", _:
                return request.key, request.parameter("order_id")
        return request.key, request.peek("order_id")

    def answer(self, request: Request) -> Answer:
        try:
            match request.method, request.path:
                case "POST", "/v1/charges":
                    return self._charge(request.required_key(), request.body(ChargeBody))
                case "GET", "/v1/charges":
                    return self._list(request.parameter("order_id"))
                case "POST", "/v1/refunds":
                    return self._refund(request.required_key(), request.body(RefundBody).charge_id)
                case "POST", "/v1/voids":
                    return self._void(request.body(VoidBody).idempotency_key)
        except Invalid as error:
            return refusal(422, "invalid", str(error))
        return refusal(404, "not_found", "there is no such call")

    def apply(self, row: GatewayRow) -> None:
        """Makes one effect row so; see exchange.Desk."""
        if row.effect == "bar" and row.key:
            self._barred.add(row.key)
        elif row.effect == "forget" and row.key:
            (self._refunds if row.path == REFUNDS else self._by_key).pop(row.key, None)
        elif row.effect in BECOMES and row.charge_id:
            status = BECOMES[row.effect]
            if before := self._charges.get(row.charge_id):
                self._charges[row.charge_id] = replace(before, status=status, code=row.detail)
            else:
                self._charges[row.charge_id] = Charge(
                    charge_id=row.charge_id,
                    order_id=row.case or "",
                    amount_cents=row.amount_cents or 0,
                    currency=row.currency or "",
                    status=status,
                    fingerprint=row.fingerprint or "",
                    code=row.detail,
                )
                self._by_key[row.key or ""] = row.charge_id
                self._by_order[row.case or ""].append(row.charge_id)
            if row.refund_id and row.path == REFUNDS and row.key:
                self._refunds[row.key] = row.refund_id, row.charge_id

    def settle(self, charge_id: str, outcome: Outcome) -> GatewayChange | None:
        """How a pending charge ends; None when it has ended before."""
        charge = self._charges[charge_id]
        if charge.status != "pending":
            return None
        if outcome == "succeeded":
            return _about(charge) | GatewayChange(effect="capture")
        return _about(charge) | GatewayChange(effect="fail", detail="payment_failed")

    def outcome(self, charge_id: str) -> Outcome:
        """What a webhook would have to say now."""
        return "succeeded" if self._charges[charge_id].status in ("captured", "refunded") else "failed"

    def _charge(self, key: str, body: ChargeBody) -> Answer:
        if key in self._barred:
            return refusal(409, "key_barred", "this key was voided: it is good for no charge any more")
        if key in self._refunds:
            return refusal(409, "key_reused", "this key was used for a refund")
        body_print = fingerprint(body, self._salt)
        if charge := self._charge_of(key):
            if charge.fingerprint != body_print:
                return refusal(409, "key_reused", "this key was used with another body")
            return _stands(charge.charge_id, charge.status, charge.code)
        declined = body.payment_token.startswith(DECLINED)
        effect: Effect = "fail" if declined else "pending" if body.mode == "webhook" else "capture"
        change = GatewayChange(
            effect=effect,
            charge_id=f"ch_{secrets.token_hex(8)}",
            case=body.order_id,
            amount_cents=body.amount_cents,
            currency=body.currency,
            fingerprint=body_print,
        )
        if declined:
            change["detail"] = "card_declined"
        answer = _stands(change["charge_id"], BECOMES[effect], change.get("detail"), change)
        if effect == "pending" and body.webhook_url:
            return replace(answer, webhook=(change["charge_id"], body.webhook_url))
        return answer

    def _list(self, order_id: str | None) -> Answer:
        if order_id is None:
            raise Invalid("order_id: this query parameter is required")
        charges = [self._charges[charge_id] for charge_id in self._by_order.get(order_id, [])]
        listed = [{"charge_id": c.charge_id, "status": c.status, "amount_cents": c.amount_cents} for c in charges]
        return Answer(200, {"charges": listed})

    def _refund(self, key: str, charge_id: str) -> Answer:
        if key in self._refunds:
            refund_id, refunded = self._refunds[key]
            if refunded != charge_id:
                return refusal(409, "key_reused", "this key was used for another charge")
            return Answer(200, {"refund_id": refund_id})
        if key in self._by_key or key in self._barred:
            return refusal(409, "key_reused", "this key was used for a charge")
        charge = self._charges.get(charge_id)
        if charge and charge.status == "refunded":
            return refusal(409, "already_refunded", "this charge was refunded under another key")
        if not charge or charge.status != "captured":
            return refusal(404, "unknown_charge", "nothing was captured under this id")
        change = _refunding(charge)
        return Answer(200, {"refund_id": change["refund_id"]}, (change,))

    def _void(self, key: str) -> Answer:
        if key in self._refunds:
            return refusal(409, "key_reused", "this key was used for a refund")
        charge = self._charge_of(key)
        if charge and charge.status == "captured":
            return Answer(200, {"outcome": "refunded", "charge_id": charge.charge_id}, (_refunding(charge),))
        if charge and charge.status == "refunded":
            return Answer(200, {"outcome": "refunded", "charge_id": charge.charge_id})
        about = _about(charge) if charge else GatewayChange()
        changes = []
        if charge and charge.status == "pending":
            changes.append(about | GatewayChange(effect="fail", detail="voided"))
        if key not in self._barred:
            changes.append(about | GatewayChange(effect="bar"))
        return Answer(200, {"outcome": "barred"} | ({"charge_id": charge.charge_id} if charge else {}), tuple(changes))

    def _charge_of(self, key: str | None) -> Charge | None:
        return self._charges.get(self._by_key.get(key or "", ""))


def _stands(charge_id: str, status: Status, code: str | None, *changes: GatewayChange) -> Answer:
    """What a charge attempt is told: the charge as it stands now."""
    if status == "failed":
        return refusal(402, code or "failed", "the payment failed", *changes)
    return Answer(HTTP_STATUS[status], {"charge_id": charge_id, "status": status}, changes)


def _refunding(charge: Charge) -> GatewayChange:
    return _about(charge) | GatewayChange(effect="refund", refund_id=f"re_{secrets.token_hex(8)}")


def _about(charge: Charge) -> GatewayChange:
    return GatewayChange(
        charge_id=charge.charge_id,
        case=charge.order_id,
        amount_cents=charge.amount_cents,
        currency=charge.currency,
    )
