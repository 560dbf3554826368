"""The order in which scenarios run side by side: the big ones first, then those that share an unusual stack."""

from __future__ import annotations

from random import Random

import pytest

from chaos import Plan, StackSpec

BIG = 100  # operations


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers take what is next: so what needs the processor runs beside what mostly waits, few start equal stacks, and
    none ends long after the others.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=_order)


def _order(item: pytest.Item) -> tuple[bool, bool, str, int]:
    plan = getattr(getattr(item, "module", None), "PLAN", None)
    if not isinstance(plan, Plan):
        return True, True, "", 0
    operations = len(plan.workload.decide(Random(plan.seed), plan.name).operations)
    usual = plan.stack == StackSpec()
    return operations < BIG, usual, "" if usual else plan.stack.model_dump_json(), -operations
