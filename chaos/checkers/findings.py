"""How every checker concludes: its findings, the gaps in the evidence it needs, and the resulting outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from chaos.checkers.evidence import Evidence
from chaos.evidence.record import SourceName
from chaos.verdict import CheckResult, Finding, Outcome, worst


def invalid(message: str, **where: Any) -> Finding:
    """The property is broken; `where` are Finding's fields."""
    return Finding(outcome=Outcome.INVALID, message=message, **where)


def unknown(message: str, **where: Any) -> Finding:
    """The property cannot be seen to hold; `where` are Finding's fields."""
    return Finding(outcome=Outcome.UNKNOWN, message=message, **where)


def conclude(
    evidence: Evidence,
    checker: str,
    *,
    needs: Iterable[SourceName],
    cases: int,
    summary: str,
    findings: Iterable[Finding],
    details: Mapping[str, JsonValue] | None = None,
) -> CheckResult:
    """A checker's result: what it found, and UNKNOWN for each source it needs that is not complete.

    With no case and no finding, the property was not exercised at all: UNKNOWN, never VALID.
    """
    found = [*findings]
    found += [
        unknown(f"the {name} evidence is {why}", details={"source": name}) for name, why in evidence.lacks(*needs)
    ]
    if not found and cases == 0:
        found.append(unknown("nothing in this record exercises the property"))
    return CheckResult(
        checker=checker,
        outcome=worst(finding.outcome for finding in found) if found else Outcome.VALID,
        summary=summary,
        cases=cases,
        findings=tuple(found),
        details=dict(details or {}),
    )
