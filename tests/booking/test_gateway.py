"""The gateway's idempotency, refunds and voids, against a model; its validation; its memory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from booking.gateway import ChargeBody, Gateway
from booking.ledgers import GatewayRow
from chaos.evidence.ledger import Effect
from chaos.fakes.exchange import Answer, Request, fingerprint, refusal
from chaos.fakes.rules import Outcome
from tests.searching import LOOKS, assert_noticed

KEYS = st.sampled_from(["k1", "k1", "k2", "k2", "r1"])  # few, so that what was done is met again
REFUND_KEYS = st.sampled_from(["r1", "r1", "r2", "r2", "k1"])
BODY = {"order_id": "o1", "amount_cents": 100, "currency": "EUR", "payment_token": "tok_ok", "mode": "direct"}
BODIES: dict[str, dict[str, Any]] = {
    "plain": BODY,
    "dearer": BODY | {"amount_cents": 200},
    "declined": BODY | {"payment_token": "tok_decline_1", "order_id": "o2"},
    "webhook": BODY | {"mode": "webhook", "webhook_url": "http://127.0.0.1:1/hook", "order_id": "o3"},
}


class Books:
    """A gateway and the ledger rows it lives on, without a fake around."""

    def __init__(self) -> None:
        self.gateway = Gateway("salt")
        self.rows: list[GatewayRow] = []

    def ask(self, method: str, path: str, key: str | None = None, body: Any = None, query: str = "") -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(method, path, query, key, content)
        named, _ = self.gateway.identify(request)
        answer = self.gateway.answer(request)
        for change in answer.changes:
            self.write({"method": method, "path": path, "key": named} | change)
        return answer

    def write(self, fields: dict[str, Any]) -> None:
        self.rows.append(GatewayRow(row=len(self.rows) + 1, at_ms=0, kind="effect", attempt=1, **fields))
        self.gateway.apply(self.rows[-1])

    def charge(self, key: str, body: dict[str, Any] = BODY) -> Answer:
        return self.ask("POST", "/v1/charges", key, body)

    def void(self, key: str) -> Answer:
        return self.ask("POST", "/v1/voids", None, {"idempotency_key": key})

    def refund(self, key: str, charge_id: str) -> Answer:
        return self.ask("POST", "/v1/refunds", key, {"charge_id": charge_id})

    def listed(self, order_id: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.ask("GET", "/v1/charges", query=f"order_id={order_id}").body["charges"]
        return listed

    def effects(self, effect: str) -> list[GatewayRow]:
        return [row for row in self.rows if row.effect == effect]


class GatewayMachine(RuleBasedStateMachine):
    """Charges, their settling, voids, refunds, forgotten keys in any order, beside a model of the contract's words."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()
        self.used: dict[str, tuple[str, str, str]] = {}  # key → charge_id, body's name, status
        self.forgotten: dict[str, str] = {}  # charge_id → status, of charges that no key leads to any more
        self.barred: set[str] = set()
        self.refunds: dict[str, tuple[str, str]] = {}  # refund key → refund_id, charge_id

    @rule(key=KEYS, name=st.sampled_from(["plain", "plain", "webhook", "webhook", "dearer", "declined"]))
    def charge(self, key: str, name: str) -> None:
        answer = self.books.charge(key, BODIES[name])
        if key in self.barred:
            assert (answer.status, answer.code) == (409, "key_barred")
        elif key in self.refunds or (key in self.used and self.used[key][1] != name):
            assert (answer.status, answer.code) == (409, "key_reused")
        else:
            fresh = {"declined": "failed", "webhook": "pending"}.get(name, "captured")
            charge_id, _, status = self.used.get(key, (answer.body.get("charge_id", ""), name, fresh))
            if status == "failed":
                assert (answer.status, answer.code) == (402, "payment_failed" if name == "webhook" else "card_declined")
                charge_id = charge_id or self.books.rows[-1].charge_id or ""
            else:
                assert answer.status == (202 if status == "pending" else 200)
                assert answer.body == {"charge_id": charge_id, "status": status}
            assert len(answer.changes) == (key not in self.used)
            self.used[key] = charge_id, name, status

    @rule(key=KEYS, outcome=st.sampled_from(["succeeded", "failed"]))
    def settle(self, key: str, outcome: Outcome) -> None:
        if key not in self.used:
            return
        charge_id, name, status = self.used[key]
        change = self.books.gateway.settle(charge_id, outcome)
        assert (change is None) == (status != "pending")
        if change:
            self.books.write({"method": "POST", "path": "/v1/charges", "key": key} | change)
            self.used[key] = charge_id, name, "captured" if outcome == "succeeded" else "failed"

    @rule(key=KEYS)
    def forget(self, key: str) -> None:
        self.books.write({"effect": "forget", "method": "POST", "path": "/v1/charges", "key": key})
        if key in self.used:
            charge_id, _, status = self.used.pop(key)
            self.forgotten[charge_id] = status

    @rule(key=KEYS)
    def void(self, key: str) -> None:
        answer = self.books.void(key)
        if key in self.refunds:
            assert (answer.status, answer.code) == (409, "key_reused")
            return
        assert answer.status == 200
        charge_id, name, status = self.used.get(key, (None, "", ""))
        assert answer.body.get("charge_id") == charge_id
        if status in ("captured", "refunded"):
            assert answer.body["outcome"] == "refunded"
            self.used[key] = str(charge_id), name, "refunded"
        else:
            assert answer.body["outcome"] == "barred"
            self.barred.add(key)
            if charge_id:
                self.used[key] = charge_id, name, "failed"

    @rule(refund_key=REFUND_KEYS, key=KEYS)
    def refund(self, refund_key: str, key: str) -> None:
        charge_id, name, status = self.used.get(key, ("ch_none", "", ""))
        answer = self.books.refund(refund_key, charge_id)
        if refund_key in self.refunds:
            refund_id, refunded = self.refunds[refund_key]
            if refunded == charge_id:
                assert (answer.status, answer.body) == (200, {"refund_id": refund_id})
            else:
                assert (answer.status, answer.code) == (409, "key_reused")
        elif refund_key in self.used or refund_key in self.barred:
            assert (answer.status, answer.code) == (409, "key_reused")
        elif status == "refunded":
            assert (answer.status, answer.code) == (409, "already_refunded")
        elif status == "captured":
            assert answer.status == 200
            self.refunds[refund_key] = answer.body["refund_id"], charge_id
            self.used[key] = charge_id, name, "refunded"
        else:
            assert answer.status == 404

    @invariant()
    def money_moves_once(self) -> None:
        captured = [row.charge_id for row in self.books.effects("capture")]
        refunded = [row.charge_id for row in self.books.effects("refund")]
        assert len(set(captured)) == len(captured)
        assert len(set(refunded)) == len(refunded)
        assert set(refunded) <= set(captured)
        assert len(self.books.effects("bar")) == len(self.barred)

    @invariant()
    def the_list_says_how_it_stands(self) -> None:
        listed = {c["charge_id"]: c["status"] for order in ("o1", "o2", "o3") for c in self.books.listed(order)}
        assert listed == self.forgotten | {charge_id: status for charge_id, _, status in self.used.values()}

    @invariant()
    def a_restarted_gateway_knows_the_same(self) -> None:
        again = Gateway("salt")
        for row in self.books.rows:
            again.apply(row)
        assert vars(again) == vars(self.books.gateway)


TestGateway = GatewayMachine.TestCase
TestGateway.settings = LOOKS

CHARGE, REFUND, VOID, APPLY = Gateway._charge, Gateway._refund, Gateway._void, Gateway.apply


def _charge_then_look(gateway: Gateway, key: str, body: ChargeBody) -> Answer:
    reused = (charge := gateway._charge_of(key)) and charge.fingerprint != fingerprint(body, "salt")
    return refusal(409, "key_reused", "") if reused else CHARGE(gateway, key, body)


def _charge_barred(gateway: Gateway, key: str, body: ChargeBody) -> Answer:
    gateway._barred.discard(key)
    return CHARGE(gateway, key, body)


def _refund_by_charge_only(gateway: Gateway, key: str, charge_id: str) -> Answer:
    gateway._refunds.pop(key, None)
    return REFUND(gateway, key, charge_id)


def _refund_by_key_only(gateway: Gateway, key: str, charge_id: str) -> Answer:
    known = gateway._refunds.get(key)
    return Answer(200, {"refund_id": known[0]}) if known else REFUND(gateway, key, charge_id)


def _refund_by_any_key(gateway: Gateway, key: str, charge_id: str) -> Answer:
    by_key, barred = gateway._by_key, gateway._barred
    gateway._by_key, gateway._barred = {}, set()
    try:
        return REFUND(gateway, key, charge_id)
    finally:
        gateway._by_key, gateway._barred = by_key, barred


def _void_by_any_key(gateway: Gateway, key: str) -> Answer:
    refunds, gateway._refunds = gateway._refunds, {}
    try:
        return VOID(gateway, key)
    finally:
        gateway._refunds = refunds


def _void_without(effect: Effect) -> Callable[[Gateway, str], Answer]:
    def void(gateway: Gateway, key: str) -> Answer:
        answer = VOID(gateway, key)
        return replace(answer, changes=tuple(each for each in answer.changes if each["effect"] != effect))

    return void


def _apply_without(effect: Effect) -> Callable[[Gateway, GatewayRow], None]:
    return lambda gateway, row: None if row.effect == effect else APPLY(gateway, row)


PLANTED: dict[str, tuple[str, Any]] = {
    "reused before barred": ("_charge", _charge_then_look),
    "barred and charged": ("_charge", _charge_barred),
    "refund whatever the key": ("_refund", _refund_by_charge_only),
    "refund whatever the charge": ("_refund", _refund_by_key_only),
    "refund under a charge's key": ("_refund", _refund_by_any_key),
    "void of a refund's key": ("_void", _void_by_any_key),
    "void without a bar": ("_void", _void_without("bar")),
    "void of what is still pending": ("_void", _void_without("fail")),
    "void without a refund": ("_void", _void_without("refund")),
    "bar forgotten": ("apply", _apply_without("bar")),
    "refund forgotten": ("apply", _apply_without("refund")),
    "key never forgotten": ("apply", _apply_without("forget")),
}


@pytest.mark.parametrize("wrong", PLANTED)
def test_the_machine_notices_a(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Gateway, *PLANTED[wrong])
    assert_noticed(GatewayMachine)


def test_a_repeated_key_is_answered_with_the_charge_as_it_stands_now() -> None:
    books = Books()
    first = books.charge("k1")
    assert books.charge("k1").body == first.body == {"charge_id": first.body["charge_id"], "status": "captured"}
    assert books.void("k1").body["outcome"] == "refunded"
    assert books.charge("k1").body["status"] == "refunded"
    assert len(books.effects("capture")) == 1


def test_a_key_is_good_for_one_operation() -> None:
    books = Books()
    charge_id = books.charge("k1").body["charge_id"]
    assert books.refund("k1", charge_id).code == "key_reused"
    books.void("k2")
    assert books.refund("k2", charge_id).code == "key_reused"
    assert books.refund("r1", charge_id).status == 200
    assert (books.charge("r1").code, books.void("r1").code) == ("key_reused", "key_reused")
    assert len(books.effects("refund")) == 1


def test_a_voided_pending_charge_has_failed_and_its_key_is_barred() -> None:
    books = Books()
    pending = books.charge("k1", BODIES["webhook"])
    assert pending.status == 202
    assert books.void("k1").body == {"outcome": "barred", "charge_id": pending.body["charge_id"]}
    assert books.listed("o3") == [{"charge_id": pending.body["charge_id"], "status": "failed", "amount_cents": 100}]
    assert books.charge("k1", BODIES["webhook"]).code == "key_barred"
    assert books.charge("k1", BODIES["dearer"]).code == "key_barred"  # looked at before key_reused


def test_a_forgotten_key_captures_again_and_a_bar_is_not_forgotten() -> None:
    books = Books()
    books.charge("k1")
    books.write({"effect": "forget", "method": "POST", "path": "/v1/charges", "key": "k1"})
    books.charge("k1")
    assert [c["status"] for c in books.listed("o1")] == ["captured", "captured"]
    books.void("k2")
    books.write({"effect": "forget", "method": "POST", "path": "/v1/charges", "key": "k2"})
    assert books.charge("k2").code == "key_barred"


def test_the_same_body_in_another_layout_is_the_same_body() -> None:
    books = Books()
    assert books.charge("k1").status == 200
    layout = json.dumps(dict(reversed(BODY.items())) | {"webhook_url": None}, indent=4).encode()
    assert books.ask("POST", "/v1/charges", "k1", layout).status == 200


def test_the_token_stands_in_no_row() -> None:
    books = Books()
    books.charge("k1", BODY | {"payment_token": "tok_canary"})
    assert "tok_canary" not in "".join(row.model_dump_json() for row in books.rows)


def _changed(**values: Any) -> bytes:
    return json.dumps(BODY | values).encode()


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"\xff", "body"),
        (b'{"a":' * 5000, "body"),
        (json.dumps({k: v for k, v in BODY.items() if k != "currency"}).encode(), "currency"),
        (_changed(more="secret"), "more"),
        (_changed(amount_cents=0), "amount_cents"),
        (_changed(amount_cents=-1), "amount_cents"),
        (_changed(amount_cents="4200"), "amount_cents"),
        (_changed(amount_cents=4200.0), "amount_cents"),
        (_changed(amount_cents=True), "amount_cents"),
        (_changed(amount_cents=10**30), "amount_cents"),
        (_changed(order_id=""), "order_id"),
        (_changed(order_id="a\nb"), "order_id"),
        (_changed(order_id="x" * 300), "order_id"),
        (_changed(payment_token=None), "payment_token"),
        (_changed(mode="later"), "mode"),
        (_changed(mode="webhook"), "webhook_url"),
        (_changed(mode="webhook", webhook_url="ftp://x"), "webhook_url"),
    ],
)
def test_a_wrong_charge_is_422_names_the_field_and_echoes_nothing(content: bytes, field: str) -> None:
    books = Books()
    answer = books.ask("POST", "/v1/charges", "k1", content)
    assert (answer.status, answer.code) == (422, "invalid")
    assert field in answer.body["message"]
    assert "secret" not in answer.body["message"]
    assert not books.rows


WRONG: list[Callable[[Books], Answer]] = [
    lambda books: books.ask("POST", "/v1/charges", None, BODY),
    lambda books: books.ask("POST", "/v1/refunds", None, {"charge_id": "c"}),
    lambda books: books.ask("POST", "/v1/refunds", "k", {}),
    lambda books: books.ask("POST", "/v1/voids", None, {}),
    lambda books: books.ask("GET", "/v1/charges"),
]


@pytest.mark.parametrize("ask", WRONG)
def test_every_call_checks_its_input(ask: Callable[[Books], Answer]) -> None:
    assert ask(Books()).status == 422


def test_unknown_calls_and_charges_are_404() -> None:
    books = Books()
    assert books.ask("PUT", "/v1/charges").status == 404
    assert books.ask("GET", "/").status == 404
    assert books.refund("r1", "ch_none").status == 404
    assert books.listed("nobody") == []


@given(st.binary(max_size=200), st.text(max_size=20), st.sampled_from(["/v1/charges", "/v1/refunds", "/v1/voids", "/"]))
def test_no_input_makes_it_stumble(content: bytes, key: str, path: str) -> None:
    assert Books().ask("POST", path, key, content).status in (404, 422)
