"""The library: on each kind of stack a scenario finds what it breaks, or is skipped for want of it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from booking.system import SYSTEM
from chaos.backends.docker import DockerBackend
from chaos.backends.nodes import node_names
from chaos.backends.process import ProcessBackend
from chaos.errors import CannotDo
from chaos.faults import Kill
from chaos.judging import fit
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.plan.step import Step
from chaos.run.nemesis import check_capabilities, target_of
from chaos.stack.stack import link_names
from tests.checkers.every import CHECKERS

LIBRARY = sorted(
    path.stem for path in (Path(__file__).parents[1] / "scenarios").glob("[a-z]*.py") if path.stem != "conftest"
)
PLANS: list[Plan] = [fit(import_module(f"scenarios.{name}").PLAN, SYSTEM) for name in LIBRARY]
ABLE = {"process": ProcessBackend.capabilities(), "docker": DockerBackend.capabilities()}
ANYWHERE = {"endpoint", "endpoints", "restate", "node", "leader", "toxiproxy", *link_names(("gateway", "mailer"))}


def missing(plan: Plan, able: frozenset[str], nodes: int) -> set[str]:
    """What a plan aims at and does not find, though nothing says that it cannot be done there."""
    try:
        check_capabilities(plan, CHECKERS, "some", able | Modes.model_validate({"nodes": nodes}).capabilities)
    except CannotDo:
        return set()
    there = ANYWHERE | set(node_names(nodes)) | {f"endpoint-{number}" for number in range(plan.stack.endpoints)}
    aimed_at = {target_of(step) for step in plan.steps for field in ("target", "link") if hasattr(step.fault, field)}
    return aimed_at - there


@pytest.mark.parametrize("nodes", [1, 3])
@pytest.mark.parametrize("backend", ABLE)
@pytest.mark.parametrize("plan", PLANS, ids=LIBRARY)
def test_it_finds_what_it_breaks_or_is_skipped(plan: Plan, backend: str, nodes: int) -> None:
    assert missing(plan, ABLE[backend], nodes) == set()


def test_one_that_would_not_is_found() -> None:
    lost = PLANS[0].model_copy(update={"steps": (Step(id="lost", fault=Kill(target="endpoint-9")),)})
    assert missing(lost, ABLE["process"], 1) == {"endpoint-9"}
