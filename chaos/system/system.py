"""A System: what an application tells the engine of itself, in one frozen value that a package exports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from chaos.errors import BadInput
from chaos.evidence.history import Operation
from chaos.evidence.journal import StateRow
from chaos.evidence.record import Record, first_error
from chaos.extensions import SYSTEMS_GROUP, load
from chaos.plan.plan import Plan
from chaos.plan.spec import Settings
from chaos.plan.workload import Call, Load
from chaos.system.cases import CaseReport
from chaos.system.checker import Checker
from chaos.verdict import Verdict

NONE = "none"
NEXT_STEP = "name one as module:NAME, or 'none' for an app that is described nowhere"


@dataclass(frozen=True)
class System:
    """An application as the engine knows it. Only `name` must be given: the defaults of all other fields ask nothing.

    `handlers`: what the app must offer, by service. `error_code`: the code that a terminal error's message carries, for
    a message that says what came of a call, null for any other; without it every terminal error is an answer.
    `final_reads`: the public reads to make at the end, given the load and what became of its operations. `mailed`: the
    addresses whose mails hold secrets that clients send back. `draw`: the plan of a soak's seed, from the seed and what
    the backend can do.
    """

    name: str
    app: str | None = None  # what runs unless --chaos-app names another
    handlers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    parties: tuple[str, ...] = ()  # the third parties that it calls, each "module:NAME" of a ThirdParty
    mailbox: str | None = None  # the one of them where clients find what was mailed to them
    operations: Mapping[str, str] = field(default_factory=dict)  # short names: "clear" → "clearing POST /v1/transfers"
    settings: type[Settings] = Settings
    checkers: Mapping[str, Checker] = field(default_factory=dict)
    error_code: Callable[[str], str | None] | None = None
    not_working: frozenset[str] = frozenset()  # codes that say: something did not work
    steps: frozenset[tuple[str, str]] = frozenset()  # (service, handler) that no run may put off
    case_of: Callable[[Call], str | None] = lambda _: None  # the id of the case that a call is about
    final_reads: Callable[[Load, Sequence[Operation]], Iterable[str]] = lambda *_: ()
    mailed: Callable[[Load], Iterable[str]] = lambda _: ()
    report: Callable[[Record, Verdict], CaseReport] | None = None
    unsettled: Callable[[StateRow], bool] = lambda _: False  # state that is about to change by itself: not at rest
    draw: Callable[[int, frozenset[str]], Plan] | None = None

    def fit(self, plan: Plan) -> Plan:
        """The plan with its settings completed and its operations spelled out. Raises BadInput on what is not ours."""
        if plan.system is not None and find_system(plan.system) is not self:
            raise BadInput(f"the plan is of another system: {plan.system}", where=f"--chaos-system: {self.name}")
        given = plan.stack.settings.model_dump()
        try:
            settings = self.settings.model_validate(given)
        except ValidationError as error:
            raise BadInput(
                first_error(error),
                where="stack.settings",
                allowed=", ".join(self.settings.model_fields) or f"nothing: {self.name} has no settings",
                next_step=f"the plan may be of another system than {self.name}",
            ) from error
        steps = tuple(step.model_copy(update={"fault": step.fault.spelled_out(self.operations)}) for step in plan.steps)
        stack = plan.stack.model_copy(update={"settings": settings})
        return plan.model_copy(update={"steps": steps, "stack": stack})

    def missing_handlers(self, services: Sequence[dict[str, Any]]) -> list[str]:
        """The handlers that a discovered app ought to have and does not, as "Service.handler"."""
        offered = {service["name"]: {handler["name"] for handler in service["handlers"]} for service in services}
        return sorted(
            f"{service}.{handler}"
            for service, handlers in self.handlers.items()
            for handler in handlers - offered.get(service, set())
        )


def case_of_invocation(system: System, service: str, key: str | None, handler: str) -> str | None:
    """The id of the case that an invocation is about, as far as its target says."""
    return system.case_of(Call(number=0, service=service, key=key or "", handler=handler))


NO_SYSTEM = System(name=NONE)


@cache
def find_system(name: str) -> System:
    """The system that "module:NAME" stands for, or the name of an entry point in the group nexus_chaos.systems.

    "none" is one that asks nothing of any app. Raises BadInput when there is no such value."""
    if name == NONE:
        return NO_SYSTEM
    if point := next((each for each in entry_points(group=SYSTEMS_GROUP) if each.name == name), None):
        return _checked(load(point), f"--chaos-system {name}")
    module_name, _, attribute = name.partition(":")
    where = f"--chaos-system {name}"
    if not module_name or not attribute:
        raise BadInput("not a system", where=where, allowed="module:NAME, or none", next_step=NEXT_STEP)
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as for the app: what is named is looked for here, too
    try:
        found = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise BadInput(f"cannot be imported: {error}", where=where, next_step=NEXT_STEP) from error
    except Exception as error:  # whatever the module breaks on as it is imported
        what = f"breaks when it is imported: {type(error).__name__}: {error}"
        raise BadInput(what, where=where, next_step="import it by hand to see where") from error
    return _checked(found, where)


def _checked(found: object, where: str) -> System:
    if not isinstance(found, System):
        raise BadInput(f"is a {type(found).__name__}", where=where, allowed="a chaos.System", next_step=NEXT_STEP)
    return found


def system_of(record: Record) -> System:
    """The system that a record is of. Raises BadInput when it is not installed here."""
    return find_system(record.meta.system)
