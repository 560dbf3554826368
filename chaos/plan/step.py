"""What breaks, and when: a fault as plans name it, and the step that puts it on the schedule."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, SerializeAsAny

from chaos.model import Frozen
from chaos.plan.moments import AtStart, LoadEnded, Name, Seconds, Trigger
from chaos.plan.named import pick

Claim = tuple[str, ...]
"""What a fault needs for itself, such as ("process", "endpoint-0"); see chaos.plan.schedule."""


class PlannedFault(Frozen):
    """One fault as a plan describes it: a frozen value. chaos.faults.fault.Fault says how it breaks a stack.

    A class registers itself under its `fault` literal, which is its name in plans, reports and on the command line.
    A class without one is a base that several faults share.
    """

    fault: str
    targets: ClassVar[str]  # what it can target, for `chaos faults` and error messages
    effect: ClassVar[str]  # how its effect is seen, other than by the call that injects it
    needs: ClassVar[frozenset[str]] = frozenset()  # capabilities a backend must have
    lasting: ClassVar[bool] = False  # its heal does not restore the stack: its plan needs a stack of its own

    def resolve(self, random: Random, replicas: int, nodes: int = 1) -> PlannedFault:  # noqa: ARG002 - nothing to draw
        """The same fault with every random choice made (victims), so that the decision can be logged and replayed."""
        return self

    def spelled_out(self, operations: Mapping[str, str]) -> PlannedFault:  # noqa: ARG002 - nothing has a short name
        """The same fault with a system's short names of operations written out. Raises BadInput on an unknown one."""
        return self

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - the default claims nothing
        """What it needs for itself on a stack with that many endpoints; see chaos.plan.schedule."""
        return frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        name = cls.model_fields["fault"].default
        if isinstance(name, str):  # otherwise it is a base that several faults share
            FAULTS[name] = cls


FAULTS: dict[str, type[PlannedFault]] = {}
AnyFault = Annotated[SerializeAsAny[PlannedFault], BeforeValidator(lambda value: pick(value, "fault", FAULTS))]


class Step(Frozen):
    """One fault on the schedule: injected when `when` comes true, healed when `until` does.

    With `after`, it first waits until that step is healed, and `when` counts from there. With `cycles`, all this is
    repeated that many times, each with its own victims, and `quiet_s` seconds pass between a heal and the next cycle.
    """

    id: Name
    fault: AnyFault
    after: Name | None = None
    when: Trigger = AtStart()
    until: Trigger = LoadEnded()
    cycles: int = Field(default=1, ge=1, le=1_000)
    quiet_s: Seconds = 1
