"""Operators that nobody listed: over every field of every source's model, every place in a payload, every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from typing import Any, Literal, get_args, get_origin

from booking.ledgers import GatewayRow, MailerRow
from chaos.evidence.record import SOURCES
from chaos.model import Frozen
from tests.mutations.draft import LEDGERS, Draft, Good, NotHere
from tests.mutations.operators import Act, Expected, Operator

MODELS: dict[str, type[Frozen]] = {**SOURCES, "gateway": GatewayRow, "mailer": MailerRow}
Place = tuple[str, ...]  # keys down into a row; "[]" is any item of a list, "*" any key
Holder = tuple[dict[str, Any], str]  # an object, and the key in it at which something stands
ANY = "*"
NAMES_A_SEAT = re.compile(r"[A-Z]+[0-9]+")

# What tells nothing of the application, whatever it says; the first pattern that fits "source.field" counts.
SAYS_NOTHING = {
    "samples.*": "samples are taken now and then; one proves nothing",
    "nodes.*": "only what nodes of a cluster say, and these records are of one node",
    "journal_events.*": "Restate keeps few of them, and says why an attempt failed, not what came of it",
    "faults.*": "what was broken, not what the application did",
    "journal.*.headers": "the caller's choice",
    "journal.Run.value*": "what a run gives back is the application's own",
    "journal.*Promise.value*": "what a promise holds is the application's own",
    "history.at_ms": "no clock accuses",
    "gateway.at_ms": "no clock accuses",
    "mailer.at_ms": "no clock accuses",
    "invocations.*_at_ms": "no clock accuses",
    "journal.*.appended_at_ms": "no clock accuses",
    "history.intended_at_ms": "no clock accuses",
    "history.latency_ms": "no clock accuses",
    "history.process": "which of the harness's clients asked",
    "invocations.retry_count": "how often Restate tried",
    "invocations.deployment_id": "which process served",
    "invocations.idempotency_key": "the caller's choice, and a client's answer is traced without it if need be",
    "gateway.connection": "the peer's port",
    "mailer.connection": "the peer's port",
    "gateway.fingerprint": "a keyed hash that only the fake can compare",
    "mailer.fingerprint": "a keyed hash that only the fake can compare",
    "gateway.number": "the fake's own count",
    "mailer.number": "the fake's own count",
    "gateway.hold_id": "the rule's own name for whom it holds",
    "mailer.hold_id": "the rule's own name for whom it holds",
    "gateway.detail": "words for people",
}
LEFT_OUT = {
    "journal.*.name": "four names are the contract's and the rest the application's own: see orders and harmless",
    "history.operation": "see harness.two_operations_under_one_number",
}
ROWS_SAY_NOTHING = frozenset({"samples", "nodes", "journal_events"})
DEEPEST = 4


def operators(good: Good) -> Iterator[Operator]:
    """All that there are for a record; the same name means the same for each."""
    for source in good.sources:
        yield from _rows(source)
        for name, place in _places(good, source).items():
            if not any(fnmatch(name, pattern) for pattern in LEFT_OUT):
                yield from _field(source, name, place)
    yield from _dissents(good)


def why_it_says_nothing(name: str) -> str | None:
    """The reason why a source's field tells nothing of the application, or None."""
    return next((why for pattern, why in SAYS_NOTHING.items() if fnmatch(name, pattern)), None)


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(source: str) -> Iterator[Operator]:
    says_nothing = source in ROWS_SAY_NOTHING
    changed = Expected.SILENT if says_nothing else Expected.NOTICED
    for what, expected, act in (
        ("dropped", changed, _dropped),
        ("dropped_tidily", changed, _dropped_tidily),
        ("repeated", changed, _repeated),
        ("reversed", Expected.SILENT, _reversed),
        ("two_change_places", Expected.SILENT, _moved),
    ):
        yield Operator(
            f"rows.{source}.{what}", f"rows of {source} are {what}".replace("_", " "), expected, _on(source, act)
        )


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


def _places(good: Good, source: str) -> dict[str, Place]:
    """Where something stands in the source's rows: every field of its model, and all below those that hold payloads.

    By name: a journal's have the entry's type in them, since that says what a payload is.
    """
    model = MODELS[source].model_fields
    found: dict[str, Place] = {}
    for row in Draft(good, _NOBODY)[source]:
        role = f".{row['type']}" if source == "journal" else ""
        for field in model:
            if field in row:
                for place in ((field,), *_below((field,), row[field])):
                    found[f"{source}{role}.{'.'.join(place)}"] = place
    if source != "journal":
        found |= {f"{source}.{field}": (field,) for field in model}
    return dict(sorted(found.items()))


def _below(place: Place, value: Any) -> Iterator[Place]:
    if len(place) == DEEPEST or not isinstance(value, dict | list):
        return
    items = value.items() if isinstance(value, dict) else (("[]", each) for each in value)
    for key, each in items:
        here = (*place, ANY if NAMES_A_SEAT.fullmatch(key) else key)
        if key != "[]":
            yield here
        yield from _below(here, each)


def _field(source: str, name: str, place: Place) -> Iterator[Operator]:
    why = why_it_says_nothing(name)
    expected = Expected.SILENT if why else Expected.NOTICED
    role = name.split(".")[1] if source == "journal" else None
    required = len(place) == 1 and MODELS[source].model_fields[place[0]].is_required()
    for what, act in (("altered", _altered), ("cleared", _cleared), ("swapped", _swapped)):
        if what == "cleared" and required:
            continue  # the row could not be read
        does = f"{name} is {what} in one row" + (f" ({why})" if why else "")
        yield Operator(f"fields.{name}.{what}", does, expected, _at(source, role, place, act))


Change = Callable[[Draft, list["Holder"], Any], None]


def _at(source: str, role: str | None, place: Place, act: Change) -> Act:
    def change(draft: Draft) -> None:
        rows = [row for row in draft[source] if role in (None, row.get("type"))]
        field = MODELS[source].model_fields[place[0]]
        act(
            draft,
            [holder for row in rows for holder in _holders(row, place)],
            field.annotation if len(place) == 1 else None,
        )

    return change


def _holders(row: Any, place: Place) -> Iterator[Holder]:
    """The objects, down in a row, that have the last key of the place, and that key."""
    key, *rest = place
    if key == "[]":
        for item in row if isinstance(row, list) else ():
            yield from _holders(item, tuple(rest)) if rest else ()
    elif isinstance(row, dict):
        for name in [name for name in row if key in (name, ANY) and row[name] is not None]:
            if rest:
                yield from _holders(row[name], tuple(rest))
            else:
                yield row, name


def _altered(draft: Draft, holders: list[Holder], annotation: Any) -> None:
    holder, key = draft.pick(holders)
    old = holder[key]
    values = [each[name] for each, name in holders if type(each[name]) is type(old)]
    seen = [value for _, value in sorted({repr(value): value for value in values}.items())]
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


def _cleared(draft: Draft, holders: list[Holder], _: Any) -> None:
    holder, key = draft.pick(holders)
    del holder[key]


def _swapped(draft: Draft, holders: list[Holder], _: Any) -> None:
    """Two rows have each other's value."""
    one, key = draft.pick(holders)
    other, name = draft.pick((each, name) for each, name in holders if each[name] != one[key])
    one[key], other[name] = other[name], one[key]


_NOBODY: Any = None


# --- values that several sources have --------------------------------------------------------------------------------


def _dissents(good: Good) -> Iterator[Operator]:
    """A name that several sources have is another in one of them, or in all but one."""
    sources = [name for name in good.sources if name not in ROWS_SAY_NOTHING and name != "faults"]
    for kind in NAMES:
        expected = Expected.SILENT if kind in SILENT_NAMES else Expected.NOTICED
        for source in sources:
            yield Operator(
                f"dissent.{kind}.in_{source}", f"{source} alone has another {kind}", expected,
                _dissenting(kind, source, alone=True),
            )  # fmt: skip
            yield Operator(
                f"dissent.{kind}.but_{source}", f"{source} alone keeps a {kind}", expected,
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


SILENT_NAMES = frozenset({"deployment", "message"})  # of messages the journal has only what a run gave back


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
