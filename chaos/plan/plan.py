"""A Plan: a frozen, serializable value that says what load runs, what breaks when, and what must be seen."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, model_validator

from chaos.model import Frozen
from chaos.plan.expect import Expect
from chaos.plan.moments import Name
from chaos.plan.schedule import check_operations, check_sequence, expand
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.plan.workload import AnyWorkload, Load


class Plan(Frozen):
    """A whole scenario: load, faults and expectations. The same plan and seed always make the same decisions."""

    version: Literal[1] = 1
    name: Name
    story: str = ""  # given, when, then, in a sentence or two
    seed: int = Field(default=1, ge=0, lt=2**63)
    system: str | None = None  # the system the plan is written for, "module:NAME"; null: whichever is chosen
    workload: AnyWorkload
    steps: tuple[Step, ...] = ()
    expect: Expect = Expect()
    stack: StackSpec = StackSpec()
    deadline_s: float = Field(default=90, gt=0, le=3600)  # of the whole scenario; past it UNKNOWN
    converge_s: float = Field(default=30, gt=0, le=3600)  # after the heal, until nothing is pending

    @model_validator(mode="after")
    def _steps_fit(self) -> Plan:
        check_sequence(self.steps, self.stack.endpoints)
        for step in self.steps:
            if step.fault.lasting and not self.stack.own:
                raise ValueError(f"steps: {step.id} ({step.fault.fault}) lasts; the stack must be the plan's own")
        return self


class Decisions(Frozen):
    """Everything a plan's seed decides: operations, keys, victims, triggers. Written to decisions.json."""

    plan: str
    seed: int
    scope: str
    load: Load
    steps: tuple[Step, ...]


def decide(plan: Plan, scope: str, replicas: int, nodes: int = 1) -> Decisions:
    """Makes every random decision of a plan, from its seed and scope alone; scopes differ so that keys do.

    `replicas` and `nodes` say how many endpoints and Restate nodes there are to draw a victim from. Raises BadInput
    when a step waits for an operation that the load does not have.
    """
    load = plan.workload.decide(Random(f"{plan.seed}/{scope}/load"), scope)
    check_operations(plan.steps, len(load.operations))
    steps = tuple(
        step.model_copy(
            update={"fault": step.fault.resolve(Random(f"{plan.seed}/{scope}/step/{step.id}"), replicas, nodes)}
        )
        for step in expand(plan.steps)
    )
    return Decisions(plan=plan.name, seed=plan.seed, scope=scope, load=load, steps=steps)
