"""Every endpoint dies between the mail and the click: only the secret in the mail counts, and it still does."""

import pytest

from booking.workloads import Signups
from chaos import AtTime, Bounds, Chaos, Expect, HoldReached, Plan, Step
from chaos.faults import Hold, Kill

PLAN = Plan(
    name="signup",
    story=(
        "Given signups and somebody who guesses at their secrets, when every endpoint dies after a mail went out and "
        "before that is known, then each user is mailed once, no guess verifies anybody, and each mailed secret does."
    ),
    workload=Signups(users=6, answering=6),
    steps=(
        Step(id="mailed", fault=Hold(on="mail", point="after_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="mailed"), until=AtTime(at_s=0.5)),
    ),
    expect=Expect(
        min_ok=12,
        outcomes={"ok": Bounds.exactly(12), "wrong_secret": Bounds.exactly(6)},
        checks=(
            "signups_prove",
            "no_secret_leaks",
            "all_orders_end",
            "expected_outcomes",
            "faults_landed",
            "not_vacuous",
        ),
    ),
)


@pytest.mark.chaos
async def test_signup(chaos: Chaos) -> None:
    await chaos.prove(PLAN)
