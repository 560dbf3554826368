"""What keeps the checkers honest: each planted bug is INVALID by the checker that must see it.

All are run in this process, which saves each a pytest of its own; one is run as users would.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools
from chaos.plan.plan import Plan
from chaos.session import Config, Session
from chaos.verdict import Outcome

ROOT = Path(__file__).parents[2]
BUGS = [
    ("no_charge_key", "charge_window_kill", "exactly_once_charge"),
    ("no_charge_key", "answers_lost", "exactly_once_charge"),
    ("confirm_ignores_holder", "late_capture", "no_oversell"),
    ("swallow_confirm_failure", "late_capture", "saga_complete"),
    ("other_number", "late_capture", "client_answers"),
    ("no_void", "gateway_timeout", "saga_complete"),
    ("no_release", "gateway_402", "saga_complete"),
    ("confirm_before_charge", "gateway_402", "saga_complete"),
    ("own_words", "gateway_402", "client_answers"),
    ("no_migration", "upgrade_in_checkout", "failures_have_causes"),
    ("no_migration", "rolling_deploy", "failures_have_causes"),
    ("wrong_unit", "upgrade_in_checkout", "saga_in_order"),
    ("forgets_key", "upgrade_in_checkout", "seat_map_converges"),
    ("no_identity", "unsigned_requests", "unsigned_refused"),
    ("public_notify", "unsigned_requests", "private_stays_private"),
    ("tells_holder", "unsigned_requests", "no_secret_leaks"),
    ("double_mail", "mail_unanswered", "notifications_once"),
    ("unheard_is_sent", "mail_unanswered", "notifications_once"),
    ("stale_map", "baseline", "seat_map_converges"),
    ("late_timers", "hold_expires_while_down", "holds_expire"),
    ("any_timer", "hold_given_back", "holds_expire"),
    ("second_hint_fails", "webhook_duplicate", "webhooks_are_hints"),
    ("forgets_orders", "forgotten_orders", "client_answers"),
    ("believes_webhooks", "webhook_before_202", "webhooks_are_hints"),
    ("believes_webhooks", "webhook_out_of_order", "exactly_once_charge"),
    ("believes_webhooks", "forged_webhook", "exactly_once_charge"),
    ("assumes_paid", "webhook_never", "exactly_once_charge"),
    ("assumes_paid", "webhook_late", "webhooks_are_hints"),
    ("swallow_confirm_failure", "webhook_meets_expiry", "saga_complete"),
    ("accepts_every_cancel", "cancel_race", "cancel_is_final"),
    ("confirms_though_cancelled", "webhook_meets_cancel", "cancel_is_final"),
    ("cart_stays", "session_checkout", "sessions_follow_contract"),
    ("double_mail", "session_checkout", "notifications_once"),
    ("marks_all_read", "mark_read", "inboxes_follow_contract"),
    ("never_idle", "session_idles", "state_on_demand"),
    ("clears_anyway", "session_in_use", "sessions_expire"),
    ("any_secret", "signup", "signups_prove"),
    ("verified_by_waiting", "signup_timeout", "signups_prove"),
    ("keeps_secret", "signup_timeout", "no_secret_leaks"),
    ("roles_in_one_step", "role_update", "steps_retried_alone"),
    ("resets_early", "sold_out_rounds", "events_follow_contract"),
    ("resets_whatever", "round_ends_in_flight", "events_follow_contract"),
    ("swallow_confirm_failure", "round_ends_in_flight", "saga_complete"),
    ("cached_sessions", "serial_cart", "sessions_follow_contract"),
    ("reads_aside", "serial_cart", "sessions_follow_contract"),
    ("shared_writes", "shared_reads", "shared_never_writes"),
    ("clears_by_emptying", "keys_on_demand", "state_on_demand"),
    ("starts_over_anyway", "baseline", "events_follow_contract"),
    ("takes_held_seats", "reserve_rush", "seats_follow_contract"),
    ("takes_held_seats", "seat_rush", "seats_follow_contract"),
    ("sold_to_some", "baseline", "seats_follow_contract"),
    ("leaky_log", "baseline", "no_secret_leaks"),
    ("hushed_up", "refund_fails", "needs_a_person"),
    ("stops_undoing", "void_fails", "needs_a_person"),
    ("second_mail", "baseline", "mails_have_reasons"),
    ("mails_another_order", "baseline", "mails_have_reasons"),
    ("notifies_another_order", "baseline", "saga_in_order"),
    ("notifies_early", "baseline", "saga_in_order"),
    ("neighbours_seat", "baseline", "saga_in_order"),
    ("neighbours_seat", "baseline", "seats_follow_contract"),
    ("says_confirmed", "gateway_402", "status_agrees"),
    ("own_charge_key", "baseline", "charges_have_reasons"),
    ("fresh_refund_key", "late_capture", "charges_have_reasons"),
    ("price_by_float", "two_events", "charges_have_reasons"),
    ("always_euros", "two_events", "charges_have_reasons"),
    ("one_price_for_all", "two_events", "charges_have_reasons"),
    ("charges_nothing", "free_event", "exactly_once_charge"),
    ("url_of_the_process", "webhook_window_kill", "exactly_once_charge"),
    ("refunds_by_charge_key", "late_capture", "exactly_once_charge"),
    ("busy_is_no", "still_in_progress", "needs_a_person"),
    ("mail_fails_in_silence", "mail_refused", "notifications_once"),
    ("no_void", "operator_cancels", "saga_complete"),
    ("url_of_the_process", "ingress_moves", "exactly_once_charge"),
    ("believes_proxies", "proxy_in_between", "needs_a_person"),
]
# With these something stays open for ever. It shows as soon as it is, and to wait for the rest shows nothing more.
ENDLESS: dict[str, dict[str, float]] = {
    "late_timers": {"converge_s": 8},
    "own_words": {"converge_s": 8},
    "resets_early": {"deadline_s": 30},
    "resets_whatever": {"converge_s": 8},
    "shared_writes": {"deadline_s": 20},
}


# By day each bug is looked for once, in the first of its scenarios; by night in all of them.
RUNS = [
    pytest.param(*run, marks=[pytest.mark.nightly] if run[0] in {bug for bug, *_ in BUGS[:at]} else [])
    for at, run in enumerate(BUGS)
]


@pytest.mark.integration
@pytest.mark.parametrize(("bug", "scenario", "checker"), RUNS)
async def test_a_planted_bug_is_invalid(bug: str, scenario: str, checker: str, tmp_path: Path, tools: Tools) -> None:
    plan: Plan = import_module(f"scenarios.{scenario}").PLAN
    config = Config(app=f"planted.{bug}:app", older_app=plan.stack.app or "")
    async with Session.open(config, tmp_path, lambda _: None) as session:
        summary = await session.prove(plan.model_copy(update={"seed": config.seed, **ENDLESS.get(bug, {})}), replay="")
    assert summary.verdict is Outcome.INVALID, summary.findings
    assert {check.checker: check.outcome for check in summary.checks}[checker] is Outcome.INVALID, summary.findings


@pytest.mark.integration
def test_an_order_charged_again_is_named_with_every_capture(tmp_path: Path, tools: Tools) -> None:
    """As users would: by pytest, which fails, and prints the command that shows it again."""
    command = [sys.executable, "-m", "pytest", "-m", "chaos", "-p", "no:cacheprovider"]
    command += ["scenarios/charge_window_kill.py", "--chaos-app", "planted.no_charge_key:app"]
    environment = {
        **os.environ,
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
        "CI": "true",
    }
    done = subprocess.run(
        [*command, "--chaos-report", str(tmp_path)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    (summary,) = json.loads((tmp_path / "latest/summary.json").read_text("utf-8"))["scenarios"]
    assert summary["verdict"] == "INVALID"
    replay = (
        "pytest -m chaos scenarios/charge_window_kill.py::test_charge_window_kill "
        "--chaos-seed 1 --chaos-app planted.no_charge_key:app"
    )
    assert summary["replay"] == replay
    assert replay in done.stdout
    ledger = (tmp_path / "latest/records/charge_window_kill/gateway.jsonl").read_text("utf-8").splitlines()
    captures = [row for row in map(json.loads, ledger) if row.get("effect") == "capture"]
    findings = [each for each in summary["findings"] if each["checker"] == "exactly_once_charge"]
    assert findings  # one for each order whose charge the crash met
    for finding in findings:
        rows = [row["row"] for row in captures if row["case"] == finding["case"]]
        assert len(rows) > 1
        assert finding["ledger_rows"] == rows
        assert all(f"row {row}" in finding["message"] for row in rows)
