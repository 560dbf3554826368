"""The faults of gateway and mailer: what each does to a real fake, by what it is seen, and what they refuse to be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from pydantic import ValidationError

from booking.faults import Webhook
from booking.system import OPERATIONS
from chaos.errors import BadInput
from chaos.evidence.faultlog import FaultLog, Injection, Observation
from chaos.faults import (
    AcceptThenFail,
    Delay,
    DropAfterEffect,
    DropBeforeEffect,
    ForgetKeys,
    Hang,
    Hold,
    InProgress,
    Lag,
    Respond,
    SlowBody,
    rules,
)
from chaos.faults.rules import RuleFault
from chaos.plan.step import FAULTS
from chaos.stack.control import FakeControl
from chaos.stack.stack import Stack
from tests.fakes.running import TOKEN, Running, charge_body

NO_DELAY = {"do": "delay", "point": "before_effect", "delay_ms": 0}
NOBODY = "http://127.0.0.1:9/webhook"  # what the gateway says is in its ledger, whether somebody hears it or not
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "charge": ("/v1/charges", charge_body()),
    "refund": ("/v1/refunds", {"charge_id": "ch_1"}),
    "void": ("/v1/voids", {"idempotency_key": "k"}),
    "lookup": ("/v1/charges?order_id=o1", {}),
    "mail": ("/v1/messages", {"to": "u", "subject": "s", "body": "b"}),
    "role": ("/v1/users/u/role", {"role": "r"}),
    "permissions": ("/v1/users/u/permissions", {"permissions": []}),
}


class Silent(FakeControl):
    """Puts in a rule that acts on the same attempts and does nothing to them."""

    async def add_rule(self, rule: dict[str, Any]) -> str:
        return await super().add_rule(rule | {"action": NO_DELAY})


async def seen(
    fault: RuleFault, fake: Running, folder: Path, order: str, *, silent: bool = False, patience_s: float = 30
) -> Observation:
    """What the fault measures when an order is charged twice with one key while it is on."""
    log = FaultLog(folder / f"{order}.jsonl")
    async with httpx.AsyncClient() as client:
        control = (Silent if silent else FakeControl)(f"http://127.0.0.1:{fake.control_port}", TOKEN, client)
        stack = cast(Stack, SimpleNamespace(party=lambda _: control))
        mode = {"mode": "webhook", "webhook_url": NOBODY} if getattr(fault, "deliver", None) else {}
        fake.data.timeout = httpx.Timeout(patience_s)
        fault = fault.spelled_out(OPERATIONS)
        async with fault.inject(stack, Injection(log, "step", fault.fault, fault.at)):
            for _ in range(2):
                with suppress(httpx.HTTPError):
                    await fake.charge(order, **mode)
            if mode and silent:  # the gateway tells it as ever: once, and a moment later
                await fake.first(kind="webhook", case=order)
        assert await control.rules() == []
    log.close()
    (observation,) = [event.observation for event in log.events if event.observation]
    return observation


@pytest.mark.integration
@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        (Respond(on="charge", status=503, attempts="1"), 1),
        (Delay(on="charge", point="before_effect", delay_ms=900, times=1), 1),
        (Delay(on="charge", point="after_effect", delay_ms=900, times=1), 1),
        (Hang(on="charge"), 2),
        (Hold(on="charge", point="before_effect", attempts="1"), 1),
        (Hold(on="charge", point="after_effect"), 2),
        (DropBeforeEffect(on="charge"), 2),
        (DropAfterEffect(on="charge"), 2),
        (AcceptThenFail(on="charge"), 2),
        (AcceptThenFail(on="charge", deliver="duplicated"), 1),
        (SlowBody(on="charge", bytes_per_s=600, times=1), 1),
        (ForgetKeys(on="charge"), 1),
        (Webhook(deliver="once", settle_ms=300), 1),
        (Webhook(deliver="once", outcome="failed"), 1),
        (Webhook(deliver="duplicated"), 1),
        (Webhook(deliver="late", delay_ms=300), 1),
        (Webhook(deliver="out_of_order"), 1),
        (Webhook(deliver="before_answer"), 1),
        (Webhook(deliver="never"), 1),
    ],
    ids=lambda value: (
        f"{value.fault}-{value.spelled_out(OPERATIONS).rule().action!r}" if isinstance(value, RuleFault) else ""
    ),
)
async def test_a_fault_is_seen_by_what_it_does_and_not_by_acting(
    fault: RuleFault, shown: int, gateway: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience_s = 1 if isinstance(fault, Hang | Hold) else 30
    observation = await seen(fault, gateway, tmp_path, "o1", patience_s=patience_s)
    assert (observation.during, observation.shows_effect) == (shown, True)
    monkeypatch.setattr(rules, "SHOWS_WITHIN_S", 0.1)
    observation = await seen(fault, gateway, tmp_path, "o2", silent=True)
    assert (observation.during, observation.shows_effect) == (0, False)


@pytest.mark.integration
async def test_fewer_than_asked_for_is_no_effect(gateway: Running, tmp_path: Path) -> None:
    observation = await seen(Respond(on="charge", status=503, times=1, min_hits=2), gateway, tmp_path, "o1")
    assert (observation.during, observation.bound, observation.shows_effect) == (1, 2, False)


@asynccontextmanager
async def on(fault: RuleFault, fake: Running, folder: Path) -> AsyncIterator[FaultLog]:
    """The fault, injected and healed."""
    log = FaultLog(folder / f"{fault.fault}.jsonl")
    async with httpx.AsyncClient() as client:
        control = FakeControl(f"http://127.0.0.1:{fake.control_port}", TOKEN, client)
        stack = cast(Stack, SimpleNamespace(party=lambda _: control))
        async with fault.inject(stack, Injection(log, "step", fault.fault, fault.at)):
            yield log
    log.close()


def measured(log: FaultLog) -> tuple[object, bool]:
    (observation,) = [event.observation for event in log.events if event.observation]
    return observation.during, observation.shows_effect


@pytest.mark.integration
async def test_in_progress_is_seen_only_while_another_attempt_lasts(gateway: Running, tmp_path: Path) -> None:
    held = Hold(on="gateway POST /v1/charges", point="before_effect", attempts="1", case="o1")
    async with on(InProgress(on="gateway POST /v1/charges", attempts="2-"), gateway, tmp_path) as log:
        async with on(held, gateway, tmp_path):
            first = asyncio.create_task(gateway.charge("o1"))
            await gateway.first(kind="hold")
            second = await gateway.charge("o1")
            assert (second.status_code, second.json()["code"]) == (409, "in_progress")
            assert (await gateway.charge("o2")).status_code == 200, "another key has nothing to do with it"
        assert (await first).status_code == 200
        assert (await gateway.charge("o1")).json() == (await first).json()
    assert measured(log) == (1, True)
    assert len(await gateway.rows(effect="capture", case="o1")) == 1


@pytest.mark.integration
async def test_lag_is_seen_only_where_it_makes_a_difference(
    gateway: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "SHOWS_WITHIN_S", 0.1)

    async def listed(order: str) -> list[object]:
        answer = await gateway.data.get("/v1/charges", params={"order_id": order})
        return [charge["status"] for charge in answer.json()["charges"]]

    async with on(Lag(on="gateway GET /v1/charges", behind_ms=60_000), gateway, tmp_path) as log:
        assert await listed("o1") == []
        assert (await gateway.charge("o1")).status_code == 200, "what does something does it"
        assert await listed("o1") == []
    assert measured(log) == (1, True)
    async with on(Lag(on="gateway GET /v1/charges", behind_ms=1), gateway, tmp_path) as log:
        await asyncio.sleep(0.1)
        assert await listed("o1") == ["captured"]
    assert measured(log) == (0, False)


@pytest.mark.integration
async def test_an_effect_made_before_the_fault_was_on_counts_as_made(gateway: Running, tmp_path: Path) -> None:
    await gateway.charge("o1")
    assert (await seen(DropAfterEffect(on="charge"), gateway, tmp_path, "o1")).during == 2


@pytest.mark.integration
async def test_on_names_one_operation_and_no_other(gateway: Running, mailer: Running) -> None:
    fakes = {"gateway": gateway, "mailer": mailer}
    statuses = {on: 450 + number for number, on in enumerate(OPERATIONS)}
    rules = [
        Respond(on=on, status=status).spelled_out(OPERATIONS).rule().model_dump() for on, status in statuses.items()
    ]
    for fake in fakes.values():
        await fake.control.put("/rules", json={"rules": rules})
    answered = {}
    for on, (path, body) in CALLS.items():
        at, method, _ = OPERATIONS[on].split(" ")
        headers, content = {"idempotency-key": "k"}, {"json": body} if body else {}
        answered[on] = (await fakes[at].data.request(method, path, headers=headers, **content)).status_code
    assert answered == statuses


def test_every_operation_that_can_be_named_has_its_place() -> None:
    assert set(CALLS) == set(OPERATIONS)


def test_any_operation_of_any_third_party_can_be_spelled_out() -> None:
    rule = Hang(on="clearing POST /v1/transfers/*").rule()
    assert (rule.match.method, rule.match.path) == ("POST", "/v1/transfers/*")
    assert Hang(on="clearing POST /v1/transfers/*").at == "clearing"
    for wrong in ("clearing post /x", "clearing POST x", "Clearing POST /x"):
        with pytest.raises(ValidationError, match="String should match"):
            Hang(on=wrong)


def test_a_lie_that_is_owned_up_to_and_what_claims_nothing_are_rules_as_ever() -> None:
    lie = Respond(
        on="gateway POST /v1/charges", status=200, body={"charge_id": "ch_1", "status": "captured"}, lies=True
    )
    assert lie.rule().action.model_dump(exclude_defaults=True) == {"do": "respond", "status": 200, "body": lie.body}
    for fields in ({"status": 200, "text": '{"charge_id": '}, {"status": 402, "body": {"code": "card_declined"}}):
        assert not Respond(on="charge", **fields).claims_success()


def test_only_looks_lag() -> None:
    assert Lag(behind_ms=1).spelled_out(OPERATIONS).call.method == "GET"
    with pytest.raises(BadInput, match="charge does something; only looks can lag"):
        Lag(on="charge", behind_ms=1).spelled_out(OPERATIONS)


def test_a_short_name_that_the_system_does_not_have_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput, match="unknown operation 'chargse'; did you mean 'charge'"):
        Hang(on="chargse").spelled_out(OPERATIONS)


def test_each_fault_has_the_name_of_its_file_and_of_its_action() -> None:
    named = {name: fault for name, fault in FAULTS.items() if issubclass(fault, RuleFault)}
    assert len(named) == 12
    for name, fault in named.items():
        assert fault.__module__.endswith(f".faults.{name}")


def test_a_probability_is_drawn_from_the_plans_seed() -> None:
    fault = DropAfterEffect(on="charge", probability=0.5)
    first, again, other = (fault.resolve(Random(seed), 2) for seed in (1, 1, 2))
    assert first == again != other
    assert first.seed is not None
    assert first.resolve(Random(9), 2) == first
    assert Hang(on="mail").resolve(Random(1), 2).seed is None


@pytest.mark.parametrize(
    ("fault", "fields", "said"),
    [
        (Hang, {}, "on"),
        (Hang, {"on": "charge", "attempts": "0"}, 'allowed are attempt numbers from 1 on: "2", "1-2" or "3-"'),
        (Hang, {"on": "charge", "attempts": "3-2"}, "allowed are attempt numbers"),
        (Hang, {"on": "charge", "attempts": 1}, "valid string"),
        (Hang, {"on": "charge", "times": 0}, "greater than or equal to 1"),
        (Hang, {"on": "charge", "min_hits": 0}, "greater than or equal to 1"),
        (Hang, {"on": "charge", "probability": 1.1}, "less than or equal to 1"),
        (Hang, {"on": "charge", "seed": 1}, "give probability and seed together or not at all"),
        (Hang, {"on": "charge", "path": "/v1/charges"}, "path"),
        (Respond, {"on": "charge"}, "status"),
        (Respond, {"on": "charge", "status": 200}, "200 to charge claims what this rule keeps from happening"),
        (Respond, {"on": "mail", "status": 202, "body": {"message_id": "m"}}, "with lies: true"),
        (Respond, {"on": "void", "status": 200, "text": "{}"}, "lies: true"),
        (Respond, {"on": "refund", "status": 409, "body": {"code": "already_refunded"}}, "lies: true"),
        (Respond, {"on": "charge", "status": 99}, "greater than or equal to 200"),
        (Respond, {"on": "charge", "status": 200, "body": 1, "text": "x"}, "body or text, not both"),
        (Respond, {"on": "charge", "status": 200, "headers": {"connection": "close"}}, "set by the server"),
        (Delay, {"on": "charge", "point": "before_effect", "delay_ms": 0}, "greater than or equal to 1"),
        (Delay, {"on": "charge", "point": "before_effect", "delay_ms": 10**9}, "less than or equal to 86400000"),
        (Delay, {"on": "charge", "point": "sometimes", "delay_ms": 1}, "'before_effect' or 'after_effect'"),
        (Hold, {"on": "charge"}, "point"),
        (SlowBody, {"on": "charge", "bytes_per_s": 0}, "greater than or equal to 1"),
        (Lag, {"behind_ms": 0}, "greater than or equal to 1"),
        (Webhook, {"on": "refund", "deliver": "once"}, "'charge'"),
        (Webhook, {"deliver": "thrice"}, "'once', 'duplicated', 'late'"),
        (Webhook, {"deliver": "late"}, 'goes with deliver "late" and with no other'),
        (Webhook, {"deliver": "once", "delay_ms": 5}, 'goes with deliver "late" and with no other'),
    ],
)
def test_what_cannot_be_is_refused_and_says_what_can(fault: type[RuleFault], fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as raised:
        fault(**fields)
    assert said in str(raised.value)
    assert raised.value.error_count() == 1
