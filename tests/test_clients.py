"""What clients conclude: a 404 of the order itself is its answer, one of Restate a denial that may be refuted."""

from __future__ import annotations

import httpx
import pytest

from chaos.clients import Clients, Mailbox, conclude
from chaos.history import operations
from chaos.journal import Invocation
from chaos.plan import Call, Load

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
        clients = Clients("http://ingress", http, "s-1", Mailbox(no_mail, lambda _: None))
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


@pytest.mark.parametrize("body", [b'{"message": "\\ud800"}', b"[" * 100_000, b"\xff", b"9" * 5_000])
def test_an_answer_that_no_file_can_hold_concludes_nothing(body: bytes) -> None:
    assert conclude(httpx.Response(500, content=body))["type"] == "info"
    assert conclude(httpx.Response(200, content=body)) == {"type": "ok", "status": 200, "output": None}
