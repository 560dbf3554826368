"""ledgers_agree: each third party's ledger is at one with itself, so that what it says can be held against the app.

A case is an attempt. Never INVALID: a ledger that contradicts itself is the fault of who kept or copied it.

UNKNOWN: a ledger that is not complete; rows that are out of order or there twice; a row of an attempt that never
arrived, or before it did; rows of one attempt that differ in what was asked, under which key, for which case or by
which rule; an attempt that was answered or dropped twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.invocations import has_rows
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import Record
from chaos.verdict import CheckResult, Finding

SAME = ("method", "path", "key", "case", "rule_id", "number")
ENDS = frozenset({"answer", "drop"})


def expected(record: Record) -> bool:
    """Whether any third party was asked for anything, as far as is known."""
    return any(has_rows(record, name) for name in record.ledgers)


def check(record: Record) -> CheckResult:
    """Compares the rows of every ledger with each other."""
    ledgers = {name: record.ledger(name) for name in record.ledgers}
    return conclude(
        evidence_of(record),
        "ledgers_agree",
        needs=tuple(ledgers),
        cases=sum(row.kind == "arrival" for rows in ledgers.values() for row in rows),
        summary=", ".join(f"{len(rows)} rows of {name}" for name, rows in ledgers.items()) or "no ledgers",
        findings=[
            finding
            for name, rows in ledgers.items()
            if record.source(name).state == "complete"
            for finding in (*_in_order(name, rows), *_of_one_attempt(name, rows))
        ],
    )


def _in_order(name: str, rows: list[LedgerRow]) -> Iterator[Finding]:
    astray = tuple(after.row for before, after in pairwise(rows) if after.row <= before.row)
    if astray:
        yield unknown(f"{len(astray)} rows of {name} are out of order or there twice", ledger_rows=astray)


def _of_one_attempt(name: str, rows: list[LedgerRow]) -> Iterator[Finding]:
    arrivals: dict[int, LedgerRow] = {}
    ended: set[int] = set()
    orphans, differ, twice = [], [], []
    for row in rows:
        if row.kind == "arrival" and row.attempt == row.row:
            arrivals.setdefault(row.row, row)
        arrival = arrivals.get(row.attempt)
        if arrival is None:
            orphans.append(row.row)
        elif any(getattr(row, field) != getattr(arrival, field) for field in SAME):
            differ.append(row.row)
        if row.kind in ENDS:
            twice += [row.row] if row.attempt in ended else []
            ended.add(row.attempt)
    for found, what in (
        (orphans, "belong to attempts that had not arrived"),
        (differ, "differ from the arrival of their attempt"),
        (twice, "end attempts that had ended"),
    ):
        if found:
            yield unknown(f"{len(found)} rows of {name} {what}", ledger_rows=tuple(found))
