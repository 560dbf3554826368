"""Every endpoint is dead when the time of signups that nobody answers is up: they end not verified, and stay so."""

import pytest

from booking.settings import BookingSettings
from booking.workloads import Signups
from chaos import AtTime, Bounds, Chaos, Expect, Plan, RuleHits, StackSpec, Step
from chaos.faults import Delay, Kill

PLAN = Plan(
    name="signup_timeout",
    story=(
        "Given signups whose secret does not come back, when every endpoint is dead at the moment their time is up, "
        "then they end not verified as soon as one is back, and a secret that comes after that changes nothing."
    ),
    workload=Signups(users=4, answering=0, late=2),
    steps=(
        Step(
            id="mailed",
            fault=Delay(on="mail", point="before_effect", delay_ms=1, min_hits=4),
            until=RuleHits(step="mailed", count=4),
        ),
        # Once the last mail went out; until after the time of each is up.
        Step(
            id="endpoints_dead",
            fault=Kill(target="endpoints"),
            after="mailed",
            when=AtTime(at_s=0.3),
            until=AtTime(at_s=3),
        ),
    ),
    expect=Expect(
        min_ok=0,
        outcomes={"not_verified": Bounds(at_least=4)},
        expired_while_down=1,
        checks=(
            "signups_prove",
            "mails_have_reasons",
            "no_secret_leaks",
            "all_orders_end",
            "expected_outcomes",
            "faults_landed",
            "not_vacuous",
        ),
    ),
    stack=StackSpec(settings=BookingSettings(session_idle_ms=3_000, signup_timeout_s=3)),
)


@pytest.mark.chaos
async def test_signup_timeout(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
