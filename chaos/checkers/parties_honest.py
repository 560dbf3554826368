"""parties_honest: where a plan lets a third party lie, the verdict is about that party, and not about who believed it.

It is asked by the judge itself, after the checkers. A case is an answer by a rule whose step says `lies`.

Never INVALID. UNKNOWN: each lie that was told, by its row in the party's ledger; and what checkers call INVALID of the
very case that was lied about (`excused`), since what an app does that believes an answer says nothing of the app.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chaos.checkers.findings import unknown
from chaos.checkers.windows import fault_stories
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding, Outcome, worst


@dataclass(frozen=True)
class Lie:
    """An answer that claims what did not happen."""

    party: SourceName
    row: LedgerRow

    def __str__(self) -> str:
        row = self.row
        about = f" under the key {row.key}" if row.key else ""
        return f"the {self.party} lied (row {row.row}): {row.status} to {row.method} {row.path}{about}, and did nothing"

    def is_about(self, finding: Finding) -> bool:
        """Whether what was found is about the same case as the lie, or about no case and may rest on any."""
        case, row = finding.case, self.row
        return case is None or case == row.case or case in (row.key or "")


def check(told: Sequence[Lie]) -> CheckResult:
    """Names every lie; there must be some."""
    findings = tuple(unknown(str(lie), case=lie.row.case, ledger_rows=(lie.row.row,)) for lie in told)
    return CheckResult(
        checker="parties_honest",
        outcome=Outcome.UNKNOWN,
        summary=f"{len(told)} lies were told",
        cases=len(told),
        findings=findings,
    )


def lies(record: Record) -> list[Lie]:
    """The lies that were told, as the ledgers have them; none where the decisions are lost. Raises BadInput."""
    try:
        steps = {str(step["id"]) for step in record.decisions.get("steps", []) if step["fault"].get("lies")}
    except FileNotFoundError:
        return []
    stories = [story for story in fault_stories(record) if story.step in steps and story.rule_ids]
    return [
        Lie(story.target, row)
        for story in stories
        for row in record.ledger(story.target)
        if row.kind == "answer" and row.rule_id in story.rule_ids
    ]


def excused(result: CheckResult, told: Sequence[Lie]) -> CheckResult:
    """A checker's answer, in which nothing counts against the app that is about what a third party lied about."""
    findings = tuple(_excused(finding, told) for finding in result.findings)
    if findings == result.findings:
        return result
    return result.model_copy(update={"findings": findings, "outcome": worst(each.outcome for each in findings)})


def _excused(finding: Finding, told: Sequence[Lie]) -> Finding:
    lie = next((lie for lie in told if lie.is_about(finding)), None)
    if lie is None or finding.outcome is not Outcome.INVALID:
        return finding
    return finding.model_copy(update={"outcome": Outcome.UNKNOWN, "message": f"{finding.message}; but {lie}"})
