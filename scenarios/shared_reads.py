"""Everybody looks while seats are sold and endpoints die: looking changes nothing."""

import pytest

from booking.workloads import Reading
from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, Step
from chaos.faults import Kill

PLAN = Plan(
    name="shared_reads",
    story=(
        "Given orders and, beside each, looks at its seat, its event, the map and its status, when every endpoint dies "
        "among them, then no journal of a shared handler writes state."
    ),
    workload=Reading(orders=12, clients=8),
    steps=(Step(id="crash", fault=Kill(target="endpoints"), when=AfterOperations(count=15), until=AtTime(at_s=0.3)),),
    expect=Expect(min_ok=60),
    deadline_s=45,  # looks that try to write are tried again for ever
)


@pytest.mark.chaos
async def test_shared_reads(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
