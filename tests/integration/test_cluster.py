"""Restate as a cluster on a real stack: it books, a node that leads dies under a held charge, and nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.workloads import Booking
from chaos.evidence.record import Record
from chaos.faults import Hold, Kill
from chaos.plan.expect import Expect
from chaos.plan.moments import EffectSeen, HoldReached
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.verdict import Outcome

pytestmark = pytest.mark.integration
LEADER_DIES = Plan(
    name="leader_dies",
    workload=Booking(orders=4, seats=4, clients=2, auto_reset=True),
    steps=(
        Step(id="held", fault=Hold(on="charge", point="before_effect", attempts="1", times=1)),
        Step(id="crash", fault=Kill(target="leader"), when=HoldReached(step="held"), until=EffectSeen(step="crash")),
    ),
    expect=Expect(min_ok=1),
)


async def test_a_cluster_books_and_goes_on_when_a_node_that_leads_is_killed(tmp_path: Path) -> None:
    async with Session.open(Config(modes=Modes(nodes=3)), tmp_path, lambda _: None) as session:
        summary = await session.prove(LEADER_DIES, replay="")
    assert summary.verdict is Outcome.VALID, summary.findings
    record = Record.open(tmp_path / summary.record)
    assert record.meta.modes.nodes == 3
    logs = {path.stem for path in (record.folder / "logs").iterdir()}
    assert {"restate-1", "restate-2", "restate-3", "balancer"} <= logs
