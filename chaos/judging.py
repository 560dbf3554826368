"""The judge: runs every checker, the engine's and the system's, and combines their results."""

from __future__ import annotations

from collections.abc import Mapping

from chaos.checkers import CHECKERS, parties_honest
from chaos.checkers.evidence_fits import is_damaged
from chaos.checkers.parties_honest import excused, lies
from chaos.errors import BadInput
from chaos.evidence.record import Record
from chaos.plan.expect import Expect
from chaos.plan.plan import Plan
from chaos.system.checker import Checker
from chaos.system.expecting import asked, check_expect, parsed, unheeded
from chaos.system.system import System, system_of
from chaos.verdict import CheckResult, Finding, Outcome, Verdict, worst

SOUND = "evidence_fits"  # the checker that vouches for the record itself


def checkers_of(system: System) -> Mapping[str, Checker]:
    """All checkers for a system, by name. The system's own come first."""
    return {**system.checkers, **CHECKERS}


def fit(plan: Plan, system: System) -> Plan:
    """The plan with its settings completed. Raises BadInput when the system lacks what the plan asks for."""
    plan = system.fit(plan)
    check_expect(plan.expect, checkers_of(system), with_faults=bool(plan.steps))
    return plan


def judge(record: Record) -> Verdict:
    """All checkers' results, or those of `expect.checks`. Raises BadInput on an unknown name or a damaged record.

    A record whose own files disagree accuses nobody: what looks broken may be the harness's mistake, so every INVALID
    becomes UNKNOWN, and the damage is named whatever the plan asks for.
    """
    checkers, expect = checkers_of(system_of(record)), record.meta.expect
    parsed(expect, checkers)
    answers = [_answer(name, each, record, expect.checks is not None) for name, each in asked(expect, checkers).items()]
    told = lies(record)
    results = [excused(answer, told) for answer in answers if answer]
    results += [parties_honest.check(told)] if told else []
    results += [unheard] if (unheard := _unheeded(expect, checkers)) else []
    own = _answer(SOUND, CHECKERS[SOUND], record, named=True)
    if own and own.outcome is not Outcome.VALID:
        others = [result for result in results if result.checker != SOUND]
        results = [*(map(_uncertain, others) if is_damaged(own) else others), own]
    return Verdict(
        plan=record.meta.plan,
        seed=record.meta.seed,
        outcome=worst(result.outcome for result in results),
        checks=tuple(results),
    )


def _answer(name: str, checker: Checker, record: Record, named: bool) -> CheckResult | None:
    """One checker's result, or None when it has nothing to judge; a checker that crashes has shown nothing: UNKNOWN."""
    try:
        return checker.check(record) if named or checker.expected(record) else None
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a checker breaks on, the others still run
        return _unknown(name, "the checker crashed", f"the checker crashed: {type(error).__name__}: {error}")


def _uncertain(result: CheckResult) -> CheckResult:
    """The same answer, accusing nobody."""
    if result.outcome is not Outcome.INVALID:
        return result
    findings = tuple(
        each.model_copy(update={"outcome": Outcome.UNKNOWN, "message": f"{each.message} (in a damaged record)"})
        if each.outcome is Outcome.INVALID
        else each
        for each in result.findings
    )
    return result.model_copy(update={"outcome": Outcome.UNKNOWN, "findings": findings})


def _unheeded(expect: Expect, checkers: Mapping[str, Checker]) -> CheckResult | None:
    """UNKNOWN for expectations in the record's plan that no checker looks for, as when another release wrote it."""
    why = [f"expect.{name}: {why}" for name, why in unheeded(expect, checkers).items()]
    return _unknown("expectations", "some stated expectations were not looked for", *why) if why else None


def _unknown(name: str, summary: str, *messages: str) -> CheckResult:
    findings = tuple(Finding(outcome=Outcome.UNKNOWN, message=message) for message in messages)
    return CheckResult(checker=name, outcome=Outcome.UNKNOWN, summary=summary, cases=0, findings=findings)
