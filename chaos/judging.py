"""The judge: asks every checker, the engine's and the system's, and puts their answers together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chaos.checkers import CHECKERS
from chaos.errors import BadInput, did_you_mean
from chaos.evidence.record import Record
from chaos.system.checker import Checker
from chaos.system.system import System, system_of
from chaos.verdict import CheckResult, Finding, Outcome, Verdict, worst


def checkers_of(system: System) -> Mapping[str, Checker]:
    """All there are for a system, by name. A system's own come first."""
    return {**system.checkers, **CHECKERS}


def judge(record: Record) -> Verdict:
    """All checkers' answers, or those of `expect.checks`. Raises BadInput on an unknown name or a damaged record."""
    checkers, named = checkers_of(system_of(record)), record.meta.expect.checks
    check_names(named, checkers)
    names = checkers if named is None else named
    answers = [_answer(name, checkers[name], record, named is not None) for name in names]
    results = tuple(answer for answer in answers if answer)
    return Verdict(
        plan=record.meta.plan,
        seed=record.meta.seed,
        outcome=worst(result.outcome for result in results),
        checks=results,
    )


def check_names(names: Iterable[str] | None, checkers: Iterable[str]) -> None:
    """Raises BadInput on a name that no checker has."""
    for name in names or ():
        if name not in checkers:
            near = did_you_mean(name, checkers)
            raise BadInput(f"unknown checker {name!r}{near}", where="expect.checks", allowed=", ".join(checkers))


def _answer(name: str, checker: Checker, record: Record, asked: bool) -> CheckResult | None:
    """One checker's answer, None when there is nothing for it; one that crashes has shown nothing: UNKNOWN."""
    try:
        return checker.check(record) if asked or checker.expected(record) else None
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a checker breaks on, the others still have their say
        finding = Finding(outcome=Outcome.UNKNOWN, message=f"the checker crashed: {type(error).__name__}: {error}")
        return CheckResult(
            checker=name, outcome=Outcome.UNKNOWN, summary="the checker crashed", cases=0, findings=(finding,)
        )
