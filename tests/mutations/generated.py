"""Operators that nobody listed: over every field of every source's model, every path in a payload, every kind of row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from typing import Any, Literal, get_args, get_origin

from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import SOURCES
from chaos.model import Frozen
from tests.mutations.draft import LEDGERS, Draft, Good, NotHere, Row
from tests.mutations.operators import Act, Expected, Operator

MODELS: dict[str, type[Frozen]] = {**SOURCES, **dict.fromkeys(LEDGERS, LedgerRow)}
Place = tuple[str, ...]  # keys down into a row; "[]" is any item of a list

# What tells nothing of the application, whatever it says; the first pattern that fits "source.field" counts.
SAYS_NOTHING = {
    "samples.*": "samples are taken now and then; one proves nothing",
    "nodes.*": "only what nodes of a cluster say, and these records are of one node",
    "journal_events.*": "Restate keeps few of them, and says why an attempt failed, not what came of it",
    "*.at_ms": "no clock accuses",
    "*_at_ms": "no clock accuses",
    "*.latency_ms": "no clock accuses",
    "history.process": "which of the harness's clients asked",
    "invocations.retry_count": "how often Restate tried",
    "invocations.deployment_id": "which process served",
    "invocations.idempotency_key": "the caller's choice",
    "journal.name": "runs have private names beside the contract's four",
    "journal.headers": "the caller's choice",
    "journal.completion_id": "Restate's own numbers",
    "*.connection": "the peer's port",
    "*.fingerprint": "a keyed hash that only the fake can compare",
    "*.number": "the fake's own count",
    "*.hold_id": "the rule's own name for whom it holds",
    "*.detail": "words for people",
    "*.message": "words for people",
    "faults.*": "what was broken, not what the application did",
}  # fmt: skip
ROWS_SAY_NOTHING = {name: SAYS_NOTHING[f"{name}.*"] for name in ("samples", "nodes", "journal_events")}


def operators(good: Good) -> Iterator[Operator]:
    """All that there are for a record; the same name means the same for each."""
    for source in good.sources:
        yield from _rows(source)
        for field, annotation in _fields(source):
            yield from _field(source, (field,), annotation)
        for place in _paths(good, source):
            yield from _field(source, place, None)
    yield from _dissents(good)


def why_it_says_nothing(name: str) -> str | None:
    """The reason why a source's field tells nothing of the application, or None."""
    return next((why for pattern, why in SAYS_NOTHING.items() if fnmatch(name, pattern)), None)


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(source: str) -> Iterator[Operator]:
    says_nothing = source in ROWS_SAY_NOTHING
    changed = Expected.HARMLESS if says_nothing else Expected.NOTICED
    for what, expected, act in (
        ("dropped", changed, _dropped),
        ("dropped_tidily", changed, _dropped_tidily),
        ("repeated", changed, _repeated),
        ("reversed", Expected.HARMLESS, _reversed),
        ("two_change_places", Expected.HARMLESS, _moved),
    ):
        yield Operator(f"rows.{source}.{what}", f"rows of {source} are {what}".replace("_", " "), expected, _on(source, act))


def _on(source: str, act: Callable[[Draft, str], None]) -> Act:
    return lambda draft: act(draft, source)


def _dropped(draft: Draft, source: str) -> None:
    gone = draft.pick(draft[source])
    draft[source] = [row for row in draft[source] if row is not gone]


def _dropped_tidily(draft: Draft, source: str) -> None:
    """As if it had never been: numbers close up."""
    gone = draft.pick(draft[source])
    draft[source] = [row for row in draft[source] if row is not gone]
    if source in LEDGERS:
        draft.renumber(source)
    elif source == "journal":
        draft.reindex(gone["invocation_id"])
    else:
        for seq, row in enumerate(draft[source] if source == "history" else (), 1):
            row["seq"] = seq


def _repeated(draft: Draft, source: str) -> None:
    row = draft.pick(draft[source])
    draft[source].insert(draft[source].index(row), dict(row))


def _reversed(draft: Draft, source: str) -> None:
    if source == "journal":  # each invocation's stays together: nobody promises that a reader copes with less
        order = {row["invocation_id"]: place for place, row in enumerate(draft[source])}
        draft[source].sort(key=lambda row: -order[row["invocation_id"]])
    else:
        draft[source].reverse()


def _moved(draft: Draft, source: str) -> None:
    rows = draft[source]
    if len(rows) < 2 or source == "journal":
        raise NotHere
    one, other = sorted(draft.random.sample(range(len(rows)), 2))
    rows[one], rows[other] = rows[other], rows[one]


# --- fields ----------------------------------------------------------------------------------------------------------


def _fields(source: str) -> list[tuple[str, Any]]:
    return [(name, field.annotation) for name, field in MODELS[source].model_fields.items()]


def _field(source: str, place: Place, annotation: Any) -> Iterator[Operator]:
    name = f"{source}.{'.'.join(place)}"
    why = why_it_says_nothing(name)
    expected = Expected.HARMLESS if why else Expected.NOTICED
    words = f" ({why})" if why else ""
    for what, act in (("altered", _altered), ("cleared", _cleared), ("swapped", _swapped)):
        if what == "cleared" and len(place) == 1 and MODELS[source].model_fields[place[0]].is_required():
            continue  # the row could not be read
        yield Operator(
            f"fields.{name}.{what}", f"{name} is {what} in one row{words}", expected,
            _at(source, place, annotation, act),
        )  # fmt: skip


def _at(source: str, place: Place, annotation: Any, act: Callable[[Draft, list[Row], str, Any], None]) -> Act:
    def change(draft: Draft) -> None:
        holders = [holder for row in draft[source] for holder in _holders(row, place)]
        act(draft, holders, place[-1], annotation)

    return change


def _holders(row: Any, place: Place) -> Iterator[Row]:
    """The objects, down in a row, that have the last key of the place."""
    key, *rest = place
    if key == "[]":
        for item in row if isinstance(row, list) else ():
            yield from _holders(item, tuple(rest))
    elif isinstance(row, dict) and row.get(key) is not None:
        if rest:
            yield from _holders(row[key], tuple(rest))
        else:
            yield row


def _altered(draft: Draft, holders: list[Row], key: str, annotation: Any) -> None:
    holder = draft.pick(holders)
    old = holder[key]
    seen = sorted({repr(each[key]): each[key] for each in holders if type(each[key]) is type(old)}.values(), key=repr)
    choices = [each for each in (*_literals(annotation), *(seen if _is_word(old) else ())) if each != old]
    holder[key] = draft.random.choice(choices) if choices else _another(draft, old)


def _is_word(value: Any) -> bool:
    """Whether it is one of a few that a field may have, and not a name of something."""
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Z_]{3,}|[a-z_]{2,20}", value))


def _another(draft: Draft, value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + draft.random.choice((-1, 1))
    if isinstance(value, str):
        return value + "~"
    if isinstance(value, list):
        return value[:-1] if value else ["another"]
    return {**value, "another": 1}


def _literals(annotation: Any) -> list[Any]:
    """The values that a Literal allows, also an optional one."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [value for each in get_args(annotation) for value in _literals(each) if value is not None]


def _cleared(draft: Draft, holders: list[Row], key: str, _: Any) -> None:
    del draft.pick(holders)[key]


def _swapped(draft: Draft, holders: list[Row], key: str, _: Any) -> None:
    """Two rows have each other's value."""
    one = draft.pick(holders)
    other = draft.pick(each for each in holders if each[key] != one[key])
    one[key], other[key] = other[key], one[key]


def _paths(good: Good, source: str) -> list[Place]:
    """Every place in the source's payloads at which something stands."""
    found: dict[Place, None] = {}
    models = MODELS[source].model_fields
    draft = Draft(good, _NOBODY)
    for row in draft[source]:
        for name, value in row.items():
            if isinstance(value, dict | list) and name in models:
                found |= dict.fromkeys(_below((name,), value))
    return sorted(found)


def _below(place: Place, value: Any) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else (("[]", each) for each in value)
    for key, each in items:
        here = (*place, "*" if place[-1] in _NAMED_BY_DATA else key)
        if "*" in here or len(here) > 6:
            continue
        if key != "[]":
            yield here
        if isinstance(each, dict | list):
            yield from _below(here, each)


_NAMED_BY_DATA = frozenset({"seen", "seats_by_name"})  # objects whose keys are data and no fields
_NOBODY: Any = None


# --- values that several sources have --------------------------------------------------------------------------------


def _dissents(good: Good) -> Iterator[Operator]:
    """A name that several sources have is another in one of them, or in all but one."""
    sources = [name for name in good.sources if name not in ROWS_SAY_NOTHING and name != "faults"]
    for kind in NAMES:
        expected = Expected.HARMLESS if kind == "deployment" else Expected.NOTICED
        for source in sources:
            yield Operator(
                f"dissent.{kind}.in_{source}", f"{source} alone has another {kind}", expected,
                _dissenting(kind, source, alone=True),
            )  # fmt: skip
            yield Operator(
                f"dissent.{kind}.but_{source}", f"{source} alone keeps a {kind} that all others have otherwise", expected,
                _dissenting(kind, source, alone=False),
            )  # fmt: skip


NAMES = {
    "order": r"[0-9a-f]{8}-[0-9a-f-]{27}",
    "charge": r"ch_\w+",
    "refund": r"re_[0-9a-f]+",
    "message": r"msg_\w+",
    "invocation": r"inv_\w+",
    "deployment": r"dp_\w+",
    "user": r"[a-z_0-9]+-\d+-(?:user|buyer|idler|early|late|bystander)[\w-]*",
    "event": r"[a-z_0-9]+-\d+-event",
}


def _dissenting(kind: str, source: str, *, alone: bool) -> Act:
    def change(draft: Draft) -> None:
        pattern = re.compile(NAMES[kind].encode())
        files = {name: set(pattern.findall(draft.good.files[f"{name}.jsonl"])) for name in draft.good.sources}
        rest = [name for name in files if name != source]
        shared = files[source] & {value for name in rest for value in files[name]}
        old = draft.pick(sorted(shared)).decode()
        new = old[:-1] + ("0" if old[-1] != "0" else "1")
        draft.replace(old, new, *([source] if alone else rest))

    return change
