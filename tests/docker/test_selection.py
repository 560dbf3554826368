"""`make docker-check`: the plans of the specification, and a story for each fault that only containers have."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

from chaos.plan.plan import Plan
from chaos.plan.step import FAULTS

ROOT = Path(__file__).parents[2]
OF_THE_SPECIFICATION = {"charge_window_kill", "gateway_402", "gateway_503", "gateway_timeout"}


def selected() -> list[str]:
    listed = re.search(r"^ON_DOCKER := ((?:.*\\\n)*.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert listed
    return listed[1].replace("\\\n", " ").split()


def test_each_is_a_scenario_and_the_plans_of_the_specification_are_among_them() -> None:
    assert set(selected()) >= OF_THE_SPECIFICATION
    assert all((ROOT / f"scenarios/{name}.py").is_file() for name in selected())


def test_there_is_one_for_each_fault_that_only_containers_have() -> None:
    plans: list[Plan] = [import_module(f"scenarios.{name}").PLAN for name in selected()]
    broken = {step.fault.fault for plan in plans for step in plan.steps}
    assert {name for name, fault in FAULTS.items() if "container" in fault.needs} <= broken
