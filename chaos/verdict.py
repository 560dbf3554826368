"""What a run proved: VALID, INVALID or UNKNOWN, with findings that carry their evidence."""

from __future__ import annotations

from pydantic import JsonValue

from chaos.model import Frozen
from chaos.outcome import Outcome, worst

__all__ = ["CheckResult", "Finding", "Outcome", "Verdict", "worst"]


class Finding(Frozen):
    """One thing a checker saw that is wrong (INVALID) or that it could not see (UNKNOWN), with where to look."""

    outcome: Outcome
    message: str
    case: str | None = None
    subject: str | None = None  # another thing that it is about, such as the key of an object
    invocation_id: str | None = None
    journal_index: int | None = None
    ledger_rows: tuple[int, ...] = ()
    fault_id: str | None = None
    at_ms: int | None = None
    details: dict[str, JsonValue] = {}


class CheckResult(Frozen):
    """One checker's answer about one record.

    `cases` counts how many things the property was tried on: 0 cases never make VALID.
    `summary` is one line for people; `details` holds figures for reports (for example the reconciliation table).
    """

    checker: str
    outcome: Outcome
    summary: str
    cases: int
    findings: tuple[Finding, ...] = ()
    details: dict[str, JsonValue] = {}


class Verdict(Frozen):
    """All checkers' answers about one record, and the worst of them."""

    plan: str
    seed: int
    outcome: Outcome
    checks: tuple[CheckResult, ...]

    @property
    def findings(self) -> list[tuple[str, Finding]]:
        """Every finding with its checker's name, INVALID before UNKNOWN."""
        found = [(check.checker, finding) for check in self.checks for finding in check.findings]
        return sorted(found, key=lambda item: item[1].outcome is not Outcome.INVALID)
