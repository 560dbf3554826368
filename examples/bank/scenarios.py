"""Three stories: the bank's processes die, the clearing house's answers are lost, and it refuses in bad weather."""

import pytest
from bank.system import Transfers

from chaos import AfterOperations, AtTime, Chaos, Expect, Plan, Step
from chaos.faults import DropAfterEffect, Kill, Latency, LinkDown

CLEAR = "clearing POST /v1/transfers"
PLANS = (
    Plan(
        name="bank_endpoints_die",
        story="Given transfers, when every endpoint dies, then no cent is lost and none is made.",
        workload=Transfers(transfers=60),
        steps=(
            Step(id="slow", fault=Latency(link="clearing", latency_ms=50)),
            Step(id="crash", fault=Kill(target="endpoints"), when=AfterOperations(count=20), until=AtTime(at_s=0.3)),
        ),
        expect=Expect(min_ok=30),
    ),
    Plan(
        name="bank_answers_lost",
        story="Given a clearing house whose answers are lost, when it is asked again, then it clears once.",
        workload=Transfers(transfers=40),
        steps=(Step(id="lost", fault=DropAfterEffect(on=CLEAR, attempts="1", times=10)),),
        expect=Expect(min_ok=20),
    ),
    Plan(
        name="bank_refusals",
        story="Given payees who are blocked, when the clearing house is cut off, then whoever paid is refunded.",
        workload=Transfers(transfers=40, refused=12),
        steps=(
            Step(id="cut", fault=LinkDown(link="clearing"), when=AfterOperations(count=10), until=AtTime(at_s=0.5)),
        ),
        expect=Expect(min_ok=10),
    ),
)


@pytest.mark.chaos
@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
async def test_the_bank(chaos: Chaos, plan: Plan) -> None:
    await chaos.prove(plan)
