"""Every endpoint is dead when the time of signups that nobody answers is up: they end not verified."""

import pytest

from chaos.faults import Kill
from chaos.plan import AtTime, BookingSettings, Bounds, Expect, Plan, StackSpec, Step
from chaos.pytest_plugin import Chaos
from chaos.workloads import Signups

PLAN = Plan(
    name="signup_timeout",
    story=(
        "Given signups whose secret never comes back, when every endpoint is dead at the moment their time is up, then "
        "they end not verified as soon as one is back."
    ),
    workload=Signups(users=4, answering=0),
    steps=(Step(id="endpoints_dead", fault=Kill(target="endpoints"), when=AtTime(at_s=1), until=AtTime(at_s=1.6)),),
    expect=Expect(
        min_ok=0,
        outcomes={"not_verified": Bounds.exactly(4)},
        checks=(
            "signups_prove",
            "no_secret_leaks",
            "all_orders_end",
            "expected_outcomes",
            "faults_landed",
            "not_vacuous",
        ),
    ),
    stack=StackSpec(settings=BookingSettings(session_idle_ms=1_500, signup_timeout_s=2)),
)


@pytest.mark.chaos
async def test_signup_timeout(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
