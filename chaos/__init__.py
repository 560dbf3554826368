"""The public API: `from chaos import Plan, Step, …`; the catalogue of faults is `chaos.faults`.

What is listed in `__all__` is stable; docs/stability.md says what that means. Names are looked up when they are first
used, so that a process of the stack that needs one module does not import them all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chaos.checkers.cluster_reacts import Reaction
    from chaos.checkers.steadiness import Steady
    from chaos.errors import BadInput, CannotDo, ChaosError
    from chaos.evidence.faultlog import Injection
    from chaos.evidence.history import Operation
    from chaos.evidence.ledger import LedgerRow
    from chaos.evidence.record import Record
    from chaos.fakes.party import ThirdParty
    from chaos.faults.fault import Fault
    from chaos.judging import judge
    from chaos.plan.expect import Bounds, Expect, Expectations
    from chaos.plan.moments import (
        AfterOperations,
        Appending,
        AtStart,
        AtTime,
        BackingOff,
        ClusterWhole,
        EffectSeen,
        HoldReached,
        JournalState,
        LoadEnded,
        NodesLost,
        RuleHits,
    )
    from chaos.plan.plan import Plan
    from chaos.plan.spec import Modes, Settings, StackSpec
    from chaos.plan.step import Step
    from chaos.plan.workload import Awaits, Call, Load, Workload
    from chaos.pytest_plugin import Chaos
    from chaos.stack.stack import Stack
    from chaos.system.checker import Checker
    from chaos.system.system import System
    from chaos.verdict import CheckResult, Finding, Outcome, Verdict

_HOMES = {
    "chaos.fakes.party": ("ThirdParty",),
    "chaos.evidence.ledger": ("LedgerRow",),
    "chaos.system.checker": ("Checker",),
    "chaos.system.system": ("System",),
    "chaos.evidence.history": ("Operation",),
    "chaos.judging": ("judge",),
    "chaos.errors": ("BadInput", "CannotDo", "ChaosError"),
    "chaos.evidence.record": ("Record",),
    "chaos.evidence.faultlog": ("Injection",),
    "chaos.faults.fault": ("Fault",),
    "chaos.plan.expect": ("Bounds", "Expect", "Expectations"),
    "chaos.checkers.cluster_reacts": ("Reaction",),
    "chaos.checkers.steadiness": ("Steady",),
    "chaos.plan.moments": (
        "AfterOperations",
        "Appending",
        "AtStart",
        "AtTime",
        "BackingOff",
        "ClusterWhole",
        "EffectSeen",
        "HoldReached",
        "JournalState",
        "LoadEnded",
        "NodesLost",
        "RuleHits",
    ),
    "chaos.plan.plan": ("Plan",),
    "chaos.plan.spec": ("Modes", "Settings", "StackSpec"),
    "chaos.plan.step": ("Step",),
    "chaos.plan.workload": ("Awaits", "Call", "Load", "Workload"),
    "chaos.pytest_plugin": ("Chaos",),
    "chaos.stack.stack": ("Stack",),
    "chaos.verdict": ("CheckResult", "Finding", "Outcome", "Verdict"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AfterOperations",
    "Appending",
    "AtStart",
    "AtTime",
    "Awaits",
    "BackingOff",
    "BadInput",
    "Bounds",
    "Call",
    "CannotDo",
    "Chaos",
    "ChaosError",
    "CheckResult",
    "Checker",
    "ClusterWhole",
    "EffectSeen",
    "Expect",
    "Expectations",
    "Fault",
    "Finding",
    "HoldReached",
    "Injection",
    "JournalState",
    "LedgerRow",
    "Load",
    "LoadEnded",
    "Modes",
    "NodesLost",
    "Operation",
    "Outcome",
    "Plan",
    "Reaction",
    "Record",
    "RuleHits",
    "Settings",
    "Stack",
    "StackSpec",
    "Steady",
    "Step",
    "System",
    "ThirdParty",
    "Verdict",
    "Workload",
    "judge",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
