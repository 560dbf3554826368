"""What no harness in order writes: rows twice, numbers that skip, attempts without a beginning or with two ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator

from chaos.evidence.history import HistoryEvent
from chaos.evidence.journal import JournalEntry
from chaos.evidence.ledger import LedgerRow

SKEW_MS = 250  # clocks tie and run backwards by so much
ENDS = ("ok", "fail", "info")
LAST = ("answer", "drop")
SAME = ("method", "path", "key", "case", "rule_id")  # what all rows of an attempt say alike


def twice(what: str, names: Iterable[Hashable]) -> Iterator[str]:
    """What stands there more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            shown = "/".join(map(str, name)) if isinstance(name, tuple) else name
            yield f"{what} {shown} is there {times} times"


def in_history(events: Iterable[HistoryEvent]) -> Iterator[str]:
    """Events under one number, and operations that began or ended twice, or ended as something else began."""
    by_number: dict[int, list[HistoryEvent]] = {}
    last: int | None = None
    for event in events:
        if last is not None and event.seq <= last:
            yield f"event {event.seq} comes after event {last}"
        last = event.seq
        by_number.setdefault(event.operation, []).append(event)
    for number, own in by_number.items():
        kinds = [event.type for event in own]
        if kinds.count("invoke") != 1 or kinds[0] != "invoke":
            yield f"operation {number} has {kinds.count('invoke')} beginnings, or does not begin with one"
        if sum(kind in ENDS for kind in kinds) > 1:
            yield f"operation {number} has two ends"
        if len({event.target for event in own}) > 1:
            yield f"operation {number} has two targets"


def in_times(events: Iterable[HistoryEvent]) -> Iterator[str]:
    """Operations that ended long before they began."""
    began: dict[int, int] = {}
    for event in events:
        if event.at_ms < began.setdefault(event.operation, event.at_ms) - SKEW_MS:
            yield f"operation {event.operation} ended before it began"


def in_journals(entries: Iterable[JournalEntry]) -> Iterator[str]:
    """Journals in which an entry is missing in the middle, or stands twice."""
    seen: dict[str, int] = {}
    for entry in entries:
        expected = seen.get(entry.invocation_id, 0)
        if entry.index != expected:
            yield f"{entry.invocation_id}: entry {entry.index} where entry {expected} belongs"
        seen[entry.invocation_id] = entry.index + 1


def in_ledger(rows: Iterable[LedgerRow]) -> Iterator[str]:
    """Rows under one number, and attempts that do not begin with an arrival, or end twice.

    Other runs' rows were left out: numbers may skip.
    """
    last = 0
    arrived: dict[int, LedgerRow] = {}
    ended: Counter[int] = Counter()
    for row in rows:
        if row.row <= last:
            yield f"row {row.row} comes after row {last}"
        last = row.row
        if row.kind == "arrival":
            arrived[row.row] = row
            if row.attempt != row.row:
                yield f"row {row.row} arrived as attempt {row.attempt}"
        elif row.attempt not in arrived:
            yield f"row {row.row} ({row.kind}) belongs to attempt {row.attempt}, which never arrived"
        elif any(getattr(row, name) != getattr(arrived[row.attempt], name) for name in SAME):
            yield f"row {row.row} ({row.kind}) is of another call than its attempt"
        ended[row.attempt] += row.kind in LAST
    for attempt, times in ended.items():
        if times > 1:
            yield f"attempt {attempt} ended {times} times"


def in_counts(rows: Iterable[LedgerRow]) -> Iterator[str]:
    """Attempts of one call with one key that are not counted one by one."""
    numbers: dict[tuple[str, str, str], int] = {}
    for row in rows:
        subject = row.key or row.case
        if row.kind != "arrival" or subject is None or row.number is None:
            continue
        before = numbers.get((row.method, row.path, subject))
        if before is not None and row.number != before + 1:
            yield f"row {row.row}: attempt {row.number} of its key comes after attempt {before}"
        numbers[row.method, row.path, subject] = row.number
