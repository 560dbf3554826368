"""What keeps the checkers from accusing the lawful: each variant of the services is VALID where its way shows.

All are run in this process, as planted bugs are. Where a scenario needs one particular way, its own numbers say that
the way was not shown: UNKNOWN by these checkers alone, and never INVALID.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools
from chaos.plan.plan import Plan
from chaos.session import Config, Session
from chaos.verdict import Outcome

LAWFUL: dict[str, tuple[str, ...]] = {
    "asks_by_charging": ("webhook_never", "webhook_duplicate", "webhook_before_202"),
    "asks_the_event": ("session_checkout", "two_events", "forgotten_orders"),
    "bars_anyway": ("seat_rush", "baseline"),
    "counts_every_call": ("hold_given_back", "late_capture", "reserve_rush", "sold_out_rounds", "unheard_either_way"),
    "gives_late_money_back": ("webhook_late", "webhook_never", "webhook_duplicate"),
    "has_a_courier": ("mail_unanswered", "session_checkout", "mark_read"),
    "hears_late": ("webhook_meets_cancel", "cancel_race", "webhook_meets_expiry"),
    "idles_soon": ("session_checkout", "serial_cart"),
    "keeps_a_diary": ("charge_window_kill", "baseline", "gateway_402"),
    "keeps_more": ("seat_rush", "sold_out_rounds", "serial_cart"),
    "lists_backwards": ("mark_read", "session_checkout", "shared_reads"),
    "other_ids": ("session_checkout",),
    "other_names": ("webhook_out_of_order", "session_checkout", "role_update", "keys_on_demand", "signup"),
    "other_words": ("gateway_402", "refund_fails", "void_fails"),
    "permissions_first": ("role_update",),
    "polls": ("webhook_duplicate", "webhook_late", "forged_webhook", "webhook_meets_cancel"),
    "reads_the_clock": ("hold_expires_while_down", "late_capture", "hold_given_back", "shared_reads"),
    "releases_anyway": ("seat_rush", "baseline", "late_capture"),
    "reserves_twice": ("reserve_rush", "late_capture", "seat_rush"),
    "retries_by_itself": ("void_fails", "refund_fails", "gateway_timeout"),
    "rounds_by_tickets": ("sold_out_rounds", "round_ends_in_flight"),
    "says_more": ("shared_reads", "unsigned_requests", "cancel_race"),
    "signs_up_otherwise": ("signup", "signup_timeout"),
    "slow_map": ("baseline", "sold_out_rounds", "seat_rush"),
    "voids_captures": ("late_capture", "webhook_meets_expiry", "refund_fails", "refund_key_forgotten"),
    "waits_longer": ("rate_limited",),
    "welcomes_late_clicks": ("signup_timeout",),
    "writes_eagerly": ("serial_cart", "mark_read", "hold_given_back"),
    "writes_lazily": ("session_checkout", "keys_on_demand", "gateway_402"),
}


async def prove(variant: str, scenario: str, folder: Path) -> None:
    plan: Plan = import_module(f"scenarios.{scenario}").PLAN
    config = Config(app=f"lawful.{variant}:app")
    async with Session.open(config, folder, lambda _: None) as session:
        summary = await session.prove(plan.model_copy(update={"seed": config.seed}), replay="")
    assert summary.verdict is Outcome.VALID, summary.findings


@pytest.mark.integration
@pytest.mark.parametrize("variant", LAWFUL)
async def test_a_lawful_stranger_is_valid(variant: str, tmp_path: Path, tools: Tools) -> None:
    await prove(variant, LAWFUL[variant][0], tmp_path)
