"""What clients conclude: a 404 of the order itself is its answer, one of Restate a denial that may be refuted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from booking.contract import error_code
from booking.system import SYSTEM, final_reads
from chaos.evidence.history import Operation, operations
from chaos.evidence.journal import Invocation
from chaos.plan.workload import Call, Load
from chaos.run.clients import Clients, Mailbox, conclude

LOAD = Load(
    operations=(
        Call(number=0, service="Checkout", key="o1", handler="run"),
        Call(number=1, service="Ticket", key="e:A1", handler="reserve"),
    ),
    clients=2,
)


async def no_mail(_: str) -> list[dict[str, object]]:
    return []


async def resolved(attach: httpx.Response, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Clients whose answers were all lost, and who attached afterwards."""

    async def lost(*_: object) -> httpx.Response:
        raise httpx.ReadError("cut off")

    monkeypatch.setattr(Clients, "_post", lost)
    transport = httpx.MockTransport(lambda _: attach)
    async with httpx.AsyncClient(transport=transport) as http:
        clients = Clients("http://ingress", http, "s-1", SYSTEM, Mailbox(no_mail, lambda _: None))
        clients.workflows = frozenset({"Checkout"})
        await clients.run(LOAD)
        assert len(clients.unresolved()) == 2
        await clients.resolve(LOAD)
    return clients


def told(clients: Clients) -> list[tuple[str, str | None]]:
    return [(each.conclusion, each.code) for each in operations(clients.events)]


def invocation(service: str, key: str, handler: str, idempotency_key: str | None = None) -> Invocation:
    return Invocation(
        id="inv_1", service=service, key=key, handler=handler, status="running", invoked_by="ingress", created_at_ms=1,
        idempotency_key=idempotency_key,
    )  # fmt: skip


async def test_an_order_that_failed_with_404_did_run(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = httpx.Response(404, json={"code": 404, "message": "unknown_event: there is no such event"})
    assert told(await resolved(failed, monkeypatch)) == [("fail", "unknown_event")] * 2


async def test_what_an_operator_cancelled_has_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Restate's own words, and there is no other to come. Of `killed` nothing is known, and that is a finding."""
    clients = await resolved(httpx.Response(409, json={"code": 409, "message": "cancelled"}), monkeypatch)
    assert told(clients) == [("fail", "ended_by_operator")] * 2
    clients = await resolved(httpx.Response(409, json={"code": 409, "message": "killed"}), monkeypatch)
    assert {conclusion for conclusion, _ in told(clients)} == {"info"}


async def test_what_restate_does_not_know_never_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = await resolved(httpx.Response(404, json={"code": 404, "message": "not found"}), monkeypatch)
    assert clients.unresolved() == []
    clients.settle_absent(LOAD, [])
    assert told(clients) == [("fail", "never_ran")] * 2


async def test_what_came_through_after_it_was_denied_stays_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = await resolved(httpx.Response(404, json={"code": 404, "message": "not found"}), monkeypatch)
    late = [invocation("Checkout", "o1", "run"), invocation("Ticket", "e:A1", "reserve", "s-1-1")]
    clients.settle_absent(LOAD, late)
    assert told(clients) == [("info", "connection")] * 2


async def test_the_status_is_read_of_orders_that_failed_late_and_of_those_a_session_placed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = {
        "sold": httpx.Response(409, json={"message": "seat_sold: Ticket already sold"}),
        "unpaid": httpx.Response(408, json={"message": "unpaid: too late"}),
        "booked": httpx.Response(200, json={"status": "CONFIRMED"}),
        "u": httpx.Response(200, json={"order_ids": ["o1", "o2"]}),
    }

    async def answered(_: Clients, __: object, call: Call) -> httpx.Response:
        return answers[call.key]

    monkeypatch.setattr(Clients, "_post", answered)
    calls = [
        Call(number=n, service="Checkout", key=key, handler="run") for n, key in enumerate(("sold", "unpaid", "booked"))
    ]
    calls.append(Call(number=3, service="UserSession", key="u", handler="checkout"))
    async with httpx.AsyncClient() as http:
        clients = Clients("http://ingress", http, "s-1", SYSTEM, Mailbox(no_mail, lambda _: None))
        await clients.run(Load(operations=tuple(calls), clients=1))
    load = Load(operations=tuple(calls), clients=1)
    reads = [*final_reads(load, clients.told())]
    assert reads == [f"Checkout/{order_id}/status" for order_id in ("unpaid", "o1", "o2")]


@pytest.mark.parametrize("body", [b'{"message": "\\ud800"}', b"[" * 100_000, b"\xff", b"9" * 5_000])
def test_an_answer_that_no_file_can_hold_concludes_nothing(body: bytes) -> None:
    assert conclude(httpx.Response(500, content=body), error_code)["type"] == "info"
    assert conclude(httpx.Response(200, content=body), error_code) == {"type": "ok", "status": 200, "output": None}


async def test_what_was_mailed_is_learnt_also_when_nobody_sent_it_back() -> None:
    mailed = {"a@x": [{"body": "secret: first"}, {"body": "again: second"}], "b@x": [{"body": ""}]}
    learnt: list[str] = []

    async def read(address: str) -> list[dict[str, object]]:
        if address not in mailed:
            raise httpx.ReadError("cut off")
        return mailed[address]

    users = [Call(number=0, service="Signup", key=name, handler="run", input={"email": f"{name}@x"}) for name in "bca"]
    async with httpx.AsyncClient() as http:
        clients = Clients("http://ingress", http, "s-1", SYSTEM, Mailbox(read, learnt.append))
        await clients.learn_unanswered(Load(operations=(*LOAD.operations, *users), clients=1))
    assert learnt == ["", "first", "second"]


async def sent(load: Load, post: Callable[[Call], Awaitable[None]], monkeypatch: pytest.MonkeyPatch) -> list[Operation]:
    """The operations of a load whose every call is answered after `post`."""

    async def answered(_: Clients, __: httpx.AsyncClient, call: Call) -> httpx.Response:
        await post(call)
        return httpx.Response(200, json={})

    monkeypatch.setattr(Clients, "_post", answered)
    async with httpx.AsyncClient() as http:
        clients = Clients("http://ingress", http, "s-1", SYSTEM, Mailbox(no_mail, lambda _: None))
        async with asyncio.timeout(20):
            await clients.run(load)
    return operations(clients.events)


async def test_an_open_loop_sends_what_is_due_though_nothing_was_answered_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    second_is_sent = asyncio.Event()

    async def the_first_waits_for_the_second(call: Call) -> None:
        if call.number == 1:
            second_is_sent.set()
        await second_is_sent.wait()

    load = LOAD.model_copy(update={"arrivals_ms": (0, 20)})
    first, second = await sent(load, the_first_waits_for_the_second, monkeypatch)
    assert second.intended_at_ms - first.intended_at_ms == 20
    assert second.invoked_at_ms >= second.intended_at_ms
    assert first.latency_ms is not None
    assert first.latency_ms >= 20


async def test_an_open_loop_counts_a_stall_that_kept_an_operation_from_being_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stalled(call: Call) -> None:
        await asyncio.sleep(0.2 if call.number == 0 else 0)

    load = LOAD.model_copy(update={"arrivals_ms": (0, 10), "clients": 1})
    _, late = await sent(load, stalled, monkeypatch)
    assert late.invoked_at_ms - late.intended_at_ms >= 180
    assert late.latency_ms is not None
    assert late.latency_ms >= 180


async def test_a_closed_loop_hides_that_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stalled(call: Call) -> None:
        await asyncio.sleep(0.2 if call.number == 0 else 0)

    first, after_it = await sent(LOAD.model_copy(update={"clients": 1}), stalled, monkeypatch)
    assert after_it.intended_at_ms == after_it.invoked_at_ms
    assert after_it.invoked_at_ms >= first.invoked_at_ms + 199
