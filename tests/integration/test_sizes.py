"""What Restate keeps of an order is small on every path: entries of its journal, bytes of its ticket, by the record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from booking.faults import Webhook
from booking.settings import BookingSettings
from booking.workloads import Booking, Cancelling
from chaos.evidence.record import Record
from chaos.faults import Delay, Hold, Kill, Respond
from chaos.plan.expect import Bounds, Expect
from chaos.plan.moments import AtTime, HoldReached
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.verdict import Outcome

RECORDED = Path(__file__).parents[1] / "checkers" / "records" / "gateway_402__good"
CHARGES = {"path": "/v1/charges", "method": "POST"}
IMPATIENT = StackSpec(settings=BookingSettings(payment_timeout_s=2, retry_max_ms=100))
PLANS = [
    Plan(
        name="direct",
        workload=Booking(orders=12, seats=8, clients=4, declined=2),
        expect=Expect(min_ok=6, outcomes={"declined": Bounds(at_least=1)}, compensations=("void", "release")),
    ),
    Plan(
        name="refunded",
        workload=Booking(orders=6, seats=6, clients=6, hold_ms=1_200),
        steps=(
            Step(
                id="answered_late",
                fault=Delay(on="charge", point="after_effect", delay_ms=1_600, attempts="1", times=3, min_hits=3),
            ),
        ),
        expect=Expect(min_ok=1, compensations=("refund",)),
    ),
    Plan(
        name="tried_again",
        workload=Booking(orders=10, seats=10, clients=10, declined=3),
        steps=(
            Step(id="busy", fault=Respond(on="charge", status=503, attempts="1-8", min_hits=60)),
            Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
            Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="captured"), until=AtTime(at_s=0.3)),
            Step(id="voids_broken", fault=Respond(on="void", status=503, attempts="1-8", min_hits=8)),
        ),
        expect=Expect(min_ok=7, compensations=("void", "release")),
        stack=IMPATIENT,
    ),
    Plan(
        name="webhook",
        workload=Booking(orders=10, seats=10, clients=5, payment="webhook"),
        expect=Expect(min_ok=10, asked=10),
        stack=IMPATIENT,
    ),
    Plan(
        name="webhook_undone",
        workload=Booking(orders=10, seats=10, clients=10, payment="webhook", hold_ms=1_000),
        steps=(
            Step(id="never_settled", fault=Webhook(deliver="never", settle_ms=600_000, times=3, min_hits=3)),
            Step(id="asked_too_long", fault=Delay(on="lookup", point="after_effect", delay_ms=1_400, min_hits=10)),
            Step(id="refunds_broken", fault=Respond(on="refund", status=503, attempts="1-8", min_hits=8)),
            Step(id="voids_broken", fault=Respond(on="void", status=503, attempts="1-8", min_hits=8)),
        ),
        expect=Expect(min_ok=0, asked=10, compensations=("void", "refund")),
        stack=IMPATIENT,
    ),
    Plan(
        name="webhook_cancelled",
        workload=Cancelling(orders=8, payment="webhook"),
        expect=Expect(min_ok=1, outcomes={"cancelled": Bounds(at_least=1)}),
        stack=IMPATIENT,
    ),
]


@dataclass(frozen=True)
class Limits:
    """The most there may be: entries of a checkout paid directly and confirmed, entries of any, bytes of a ticket."""

    direct_entries: int = 24
    entries: int = 48
    ticket_bytes: int = 1_000


def journals(record: Record) -> dict[str, tuple[str, int]]:
    """Each checkout's way of payment and how it ended ("direct success"), and how many entries its journal has."""
    found = {}
    for invocation in record.invocations:
        if (invocation.service, invocation.handler) == ("Checkout", "run"):
            entries = record.entries(invocation.id)
            order = entries[0].value
            assert isinstance(order, dict)
            found[invocation.id] = (f"{order['payment']} {invocation.result}", len(entries))
    return found


def tickets(record: Record) -> list[int]:
    """The size in bytes of every state that a ticket ever had."""
    writes = (entry for entry in record.journal() if (entry.type, entry.state_key) == ("SetState", "ticket"))
    return [len(json.dumps(write.value, separators=(",", ":"), ensure_ascii=False).encode()) for write in writes]


def too_large(record: Record, limits: Limits) -> list[str]:
    """What the record holds that exceeds a limit."""
    found = []
    for id_, (path, entries) in journals(record).items():
        most = limits.direct_entries if path == "direct success" else limits.entries
        if entries > most:
            found.append(f"{id_}: {path}, {entries} entries")
    return found + [f"a ticket of {size} bytes" for size in tickets(record) if size > limits.ticket_bytes]


@pytest.mark.integration
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
async def test_what_an_order_leaves_is_small(plan: Plan, tmp_path: Path) -> None:
    async with Session.open(Config(), tmp_path, lambda _: None) as session:
        summary = await session.prove(plan, replay="")
    assert summary.verdict is Outcome.VALID, summary.findings
    record = Record.open(tmp_path / summary.record)
    assert journals(record)
    assert tickets(record)
    assert too_large(record, Limits()) == []


def test_a_recorded_run_is_measured_and_what_exceeds_a_limit_is_named() -> None:
    record = Record.open(RECORDED)
    sizes = journals(record).values()
    direct = max(entries for path, entries in sizes if path == "direct success")
    failed = max(entries for path, entries in sizes if path == "direct failure")
    ticket = max(tickets(record))
    assert too_large(record, Limits(direct, failed, ticket)) == []
    assert all("direct success" in each for each in too_large(record, Limits(direct - 1, failed, ticket)))
    assert too_large(record, Limits(direct - 1, failed, ticket))
    assert all("direct failure" in each for each in too_large(record, Limits(direct, failed - 1, ticket)))
    assert too_large(record, Limits(direct, failed - 1, ticket))
    assert f"a ticket of {ticket} bytes" in too_large(record, Limits(direct, failed, ticket - 1))
