"""effects_once: what takes effect at a third party does so once a key, for an attempt, and for a run that asked for it.

A case is an effect with a key.

INVALID: one key with the same effect twice, on the same call: a key that was forgotten meanwhile is no excuse, since
the money is gone all the same.
UNKNOWN: an effect whose attempt never arrived (the ledger contradicts itself); effects, and no run in any journal that
could have asked for them; a ledger, invocations or journal incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import Record
from chaos.verdict import CheckResult, Finding

FORGOTTEN = "forget"  # a rule's doing, no effect of the third party's


def expected(record: Record) -> bool:
    """Whether anything took effect at a third party."""
    return any(_effects(record.ledger(name)) for name in record.ledgers)


def check(record: Record) -> CheckResult:
    """Looks at every effect of every third party."""
    evidence = evidence_of(record)
    effects = {name: _effects(record.ledger(name)) for name in record.ledgers}
    total = sum(map(len, effects.values()))
    findings = [finding for name, rows in effects.items() for finding in _judge(record, name, rows)]
    if total and evidence.has("invocations", "journal") and not evidence.runs:
        findings.append(unknown(f"{total} effects, and no journal has a run that could have asked for one"))
    return conclude(
        evidence,
        "effects_once",
        needs=("invocations", "journal", *record.ledgers),
        cases=sum(row.key is not None for rows in effects.values() for row in rows),
        summary=f"{total} effects at {len(effects)} third parties",
        findings=findings,
    )


def _effects(rows: list[LedgerRow]) -> list[LedgerRow]:
    return [row for row in rows if row.kind == "effect" and row.effect != FORGOTTEN]


def _judge(record: Record, party: str, effects: list[LedgerRow]) -> Iterator[Finding]:
    arrived = {row.row for row in record.ledger(party) if row.kind == "arrival"}
    first: dict[tuple[str, str, str, str | None], LedgerRow] = {}
    for row in effects:
        if row.attempt not in arrived:
            yield unknown(f"{party}: {row.effect} without an attempt that arrived", ledger_rows=(row.row,))
        if row.key is None:
            continue
        before = first.setdefault((row.method, row.path, row.key, row.effect), row)
        if before is not row:
            message = f"{party}: {row.effect} twice under the key {row.key}"
            yield invalid(message, case=row.case, ledger_rows=(before.row, row.row))
