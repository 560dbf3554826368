"""no_secret_shown: what clients send as a secret stands in no log and in no failure, where others read it.

The recorder replaces every secret by `hmac:` and twelve hex digits: what carries such a mark held a secret when the run
wrote it. Where else an app may keep one is its own affair; a system that knows has a checker of its own. A case is a
log, or an invocation that failed.

INVALID: a mark in a log, in an invocation's failure, or in why an attempt failed.
UNKNOWN: invocations incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.invocations import target_of
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.evidence.redaction import MARK
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("invocations",)
SAYING_WHY: tuple[SourceName, ...] = ("samples", "journal_events")  # why attempts failed


def expected(record: Record) -> bool:
    """Whether a client sent a secret, and there is a log or a failure to read."""
    return bool(_logs(record) or _failed(record)) and any(MARK.search(line) for line in _lines(record, "history"))


def check(record: Record) -> CheckResult:
    """Reads logs and failures."""
    failed, logs = _failed(record), _logs(record)
    return conclude(
        evidence_of(record),
        "no_secret_shown",
        needs=NEEDS,
        cases=len(failed) + len(logs),
        summary=f"{len(logs)} logs and {len(failed)} failures read",
        findings=[*_in_failures(record), *_in_logs(record)],
    )


def _failed(record: Record) -> list[Invocation]:
    return [each for each in record.invocations if each.failure]


def _logs(record: Record) -> list[Path]:
    return sorted((record.folder / "logs").glob("*.log"))


def _in_failures(record: Record) -> Iterator[Finding]:
    for each in _failed(record):
        if MARK.search((each.failure or "").encode()):
            yield invalid(f"a secret in the failure of {target_of(each)}", invocation_id=each.id)
    for source in SAYING_WHY:
        marked = sum(bool(MARK.search(line)) for line in _lines(record, source))
        if marked:
            yield invalid(f"a secret in {marked} rows of {source}, which say why attempts failed")


def _in_logs(record: Record) -> Iterator[Finding]:
    for path in _logs(record):
        with path.open("rb") as lines:
            marked = [number for number, line in enumerate(lines, start=1) if MARK.search(line)]
        if marked:
            yield invalid(f"logs/{path.name}: a secret in {len(marked)} lines, the first is line {marked[0]}")


def _lines(record: Record, source: SourceName) -> Iterator[bytes]:
    path = record.folder / f"{source}.jsonl"
    if record.source(source).state != "missing":
        with path.open("rb") as lines:
            yield from lines
