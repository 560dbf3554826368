"""What keeps the checkers from accusing the lawful: each variant of the services is VALID where its way shows.

They are run in this process, as planted bugs are: some in the first of their scenarios, all by night in the library.
Where a scenario needs one particular way, its own numbers say that this was not shown: UNKNOWN, and never INVALID.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from chaos.errors import CannotDo
from chaos.machine.toolchain import Tools
from chaos.plan.plan import Plan
from chaos.session import Config, Session
from chaos.verdict import Outcome

ROOT = Path(__file__).parents[2]
LAWFUL: dict[str, tuple[str, ...]] = {
    "asks_again": ("gateway_402", "baseline", "late_capture", "webhook_never"),
    "asks_by_charging": ("webhook_never", "webhook_duplicate", "webhook_before_202"),
    "asks_the_event": ("session_checkout", "two_events", "forgotten_orders"),
    "bars_anyway": ("seat_rush", "baseline"),
    "charges_by_itself": ("role_update", "gateway_503", "webhook_never", "gateway_timeout"),
    "counts_every_call": ("hold_given_back", "late_capture", "reserve_rush", "sold_out_rounds", "unheard_either_way"),
    "gives_late_money_back": ("webhook_late", "webhook_never", "webhook_duplicate"),
    "has_a_courier": ("mail_unanswered", "session_checkout", "mark_read"),
    "hears_late": ("webhook_meets_cancel", "cancel_race", "webhook_meets_expiry"),
    "idles_soon": ("session_checkout", "session_in_use"),
    "keeps_a_diary": ("charge_window_kill", "baseline", "gateway_402"),
    "keeps_more": ("seat_rush", "sold_out_rounds", "serial_cart"),
    "leaves_traces": ("late_capture", "hold_given_back", "sold_out_rounds"),
    "lists_backwards": ("mark_read", "session_checkout", "shared_reads"),
    "mails_first": ("mail_unanswered", "session_checkout", "mark_read"),
    "omits_nulls": ("gateway_402", "session_checkout", "void_fails", "sold_out_rounds"),
    "other_ids": ("session_checkout",),
    "other_names": ("webhook_out_of_order", "session_checkout", "role_update", "keys_on_demand", "signup"),
    "other_words": ("gateway_402", "refund_fails", "void_fails"),
    "permissions_first": ("role_update",),
    "polls": ("webhook_duplicate", "webhook_late", "forged_webhook", "webhook_meets_cancel"),
    "reads_the_clock": ("hold_expires_while_down", "late_capture", "hold_given_back", "shared_reads"),
    "releases_anyway": ("seat_rush", "baseline", "late_capture"),
    "reserves_twice": ("reserve_rush", "late_capture", "seat_rush"),
    "retries_by_itself": ("void_fails", "refund_fails", "gateway_timeout", "refund_key_forgotten"),
    "rounds_by_tickets": ("sold_out_rounds", "round_ends_in_flight"),
    "says_more": ("shared_reads", "unsigned_requests", "cancel_race"),
    "sets_two_timers": ("hold_given_back", "late_capture", "hold_expires_while_down"),
    "signs_up_otherwise": ("signup", "signup_timeout"),
    "slow_map": ("baseline", "sold_out_rounds", "seat_rush"),
    "takes_its_time": ("charge_window_kill", "webhook_meets_cancel", "cancel_race"),
    "voids_captures": ("late_capture", "webhook_meets_expiry", "refund_fails", "refund_key_forgotten"),
    "waits_longer": ("rate_limited",),
    "welcomes_late_clicks": ("signup_timeout",),
    "writes_eagerly": ("serial_cart", "mark_read", "hold_given_back"),
    "writes_lazily": ("session_checkout", "keys_on_demand", "gateway_402"),
}


# Those by day: each that was accused once, or that differs where checkers look closest. All others by night.
BY_DAY = (
    "asks_by_charging", "charges_by_itself", "counts_every_call", "gives_late_money_back", "has_a_courier",
    "idles_soon", "mails_first", "omits_nulls", "retries_by_itself", "slow_map", "voids_captures", "waits_longer",
    "welcomes_late_clicks",
)  # fmt: skip
# Lawful, and not the way that the scenario is about: its own numbers are not shown.
OWN_WAY = {
    ("asks_again", "late_capture"): "charged again after the hold, an order ends unpaid: voided, not refunded",
    ("charges_by_itself", "gateway_503"): "Restate sees no backing off where the workflow sleeps between attempts",
    ("gives_late_money_back", "webhook_late"): "no order is confirmed whose webhook came too late",
    ("gives_late_money_back", "webhook_never"): "no order is confirmed without a webhook",
    ("idles_soon", "session_in_use"): "sessions are idle before their users come back",
    ("voids_captures", "refund_fails"): "voids instead of refunds",
    ("voids_captures", "refund_key_forgotten"): "voids instead of refunds",
    ("waits_longer", "rate_limited"): "a backoff longer than the hold is waited out, past its end",
}
NUMBERS = {"expected_outcomes", "webhooks_are_hints", "needs_a_person", "retries_back_off", "holds_expire"}
NUMBERS |= {"sessions_expire", "signups_prove", "state_on_demand", "rounds_follow", "faults_landed", "not_vacuous"}
LIBRARY = sorted(path.stem for path in (ROOT / "scenarios").glob("*.py") if path.stem not in ("__init__", "conftest"))


def plan_of(scenario: str, config: Config) -> Plan:
    plan: Plan = import_module(f"scenarios.{scenario}").PLAN
    return plan.model_copy(update={"seed": config.seed})


@pytest.mark.integration
@pytest.mark.parametrize("variant", BY_DAY)
async def test_a_lawful_stranger_is_not_accused(variant: str, tmp_path: Path, tools: Tools) -> None:
    config, scenario = Config(app=f"lawful.{variant}:app"), LAWFUL[variant][0]
    async with Session.open(config, tmp_path, lambda _: None) as session:
        summary = await session.prove(plan_of(scenario, config), replay="")
    if (variant, scenario) in OWN_WAY:
        assert summary.verdict is Outcome.UNKNOWN, f"{variant} need not be excused in {scenario}"
        assert {each.checker for each in summary.findings} <= NUMBERS, summary.findings
    else:
        assert summary.verdict is Outcome.VALID, summary.findings


@pytest.mark.nightly
@pytest.mark.integration
@pytest.mark.parametrize("variant", LAWFUL)
async def test_no_scenario_accuses_a_lawful_stranger(variant: str, tmp_path: Path, tools: Tools) -> None:
    """The whole library. What a scenario could not show with it is printed; those of its own must be VALID."""
    config = Config(app=f"lawful.{variant}:app")
    accused, not_shown = [], []
    async with Session.open(config, tmp_path, lambda _: None) as session:
        for scenario in LIBRARY:
            try:
                summary = await session.prove(plan_of(scenario, config), replay="")
            except CannotDo as error:
                print(f"{scenario}: skipped: {str(error).splitlines()[0]}")
                continue
            findings = [f"{each.outcome} {each.checker}: {each.text}" for each in summary.findings]
            if summary.verdict is Outcome.INVALID:
                accused.append((scenario, findings))
            elif summary.verdict is Outcome.UNKNOWN:
                print(f"{scenario}: {OWN_WAY.get((variant, scenario), 'not shown')}", *findings[:3], sep="\n  ")
                own = scenario in LAWFUL[variant] and (variant, scenario) not in OWN_WAY
                not_shown += [(scenario, findings)] if own else []
    assert not accused
    assert not not_shown


def test_the_tables_name_what_there_is() -> None:
    variants = {path.stem for path in (ROOT / "lawful").glob("*.py")} - {"__init__"}
    assert variants == LAWFUL.keys()
    assert {scenario for each in LAWFUL.values() for scenario in each} <= {*LIBRARY}
    assert OWN_WAY.keys() <= {(variant, scenario) for variant, each in LAWFUL.items() for scenario in each}
