"""What keeps the checkers just: an app that differs from ours in what the contract leaves open is never INVALID."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools
from chaos.plan.plan import Plan
from chaos.session import Config, Session
from chaos.verdict import Outcome

FILES = sorted(path for path in Path("lawful").glob("*.py") if path.name != "__init__.py")
# UNKNOWN where a plan has to show the one way that ours goes.
RUNS = [
    ("retries_in_workflow", "gateway_timeout", Outcome.VALID),
    ("retries_in_workflow", "charge_window_kill", Outcome.VALID),
    ("voids_for_refunds", "late_capture", Outcome.VALID),
    ("voids_for_refunds", "webhook_meets_expiry", Outcome.VALID),
    ("asks_by_post", "webhook_never", Outcome.VALID),
    ("asks_by_post", "webhook_late", Outcome.UNKNOWN),
    ("asks_the_seat_first", "cancel_race", Outcome.VALID),
    ("roles_together", "role_update", Outcome.VALID),
    ("late_clicks_pass", "signup_timeout", Outcome.UNKNOWN),
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_difference_says_what_it_is_and_is_run(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said
    assert said.startswith("Lawful: ")
    assert path.stem in {name for name, *_ in RUNS}


@pytest.mark.integration
@pytest.mark.parametrize(("app", "scenario", "at_least"), RUNS)
async def test_a_lawful_difference_is_not_invalid(
    app: str, scenario: str, at_least: Outcome, tmp_path: Path, tools: Tools
) -> None:
    plan: Plan = import_module(f"scenarios.{scenario}").PLAN
    config = Config(app=f"lawful.{app}:app")
    async with Session.open(config, tmp_path, lambda _: None) as session:
        summary = await session.prove(plan.model_copy(update={"seed": config.seed}), replay="")
    accused = {check.checker for check in summary.checks if check.outcome is Outcome.INVALID}
    assert accused == set(), summary.findings
    assert summary.verdict in (Outcome.VALID, at_least), summary.findings
