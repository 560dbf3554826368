"""states_have_writers: what a call found in the state of an object is what some call of that object had left there.

A case is a call that looked at the state of an event, a map, a session or an inbox, whatever an app keeps there. Keys
are new in each run, so that objects begin with nothing. Tickets, whose state the contract gives, are judged by
seats_follow_contract.

INVALID: a call that found a value which no call left, and which is not nothing.
UNKNOWN: history, invocations or journal incomplete.
Silent: objects of which not everything is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from booking.acts import OBJECTS
from booking.model.clause import Clause
from booking.objects import Objects, objects_of
from chaos.checkers.findings import conclude, invalid
from chaos.checkers.object_states import NOTHING, Fingerprint
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")
ORDER = Clause("The contract of the system under test", "X exclusive, S shared (never writes)")


def expected(record: Record) -> bool:
    """Whether a state was looked at, and Restate was not made to forget."""
    objects = objects_of(record)
    return not objects.forgot and any(_found(objects, *name) for name in _names(objects))


def check(record: Record) -> CheckResult:
    """Looks for the writer of every value that was found."""
    objects = objects_of(record)
    names = [name for name in _names(objects) if objects.is_whole(*name)] if objects.books.has(*NEEDS) else []
    return conclude(
        objects.books,
        "states_have_writers",
        needs=NEEDS,
        cases=sum(len(_found(objects, *name)) for name in names),
        summary=f"{len(names)} objects whose state was found as it had been left",
        findings=[finding for name in names for finding in _judge(objects, *name)],
    )


def _names(objects: Objects) -> list[tuple[str, str]]:
    return [(service, key) for service in sorted(OBJECTS - {"Ticket"}) for key in objects.keys(service)]


def _found(objects: Objects, service: str, key: str) -> list[tuple[str, str, Fingerprint]]:
    """Invocation, state key and value, of every look."""
    touches = objects.known.touches
    ids = [each.id for each in objects.invocations(service, key)]
    return [(id_, name, value) for id_ in ids if id_ in touches for name, value in touches[id_].found.items()]


def _judge(objects: Objects, service: str, key: str) -> Iterator[Finding]:
    left: set[tuple[str, Fingerprint]] = set()
    for each in objects.invocations(service, key):
        left |= objects.known.touches[each.id].written
    for id_, name, value in _found(objects, service, key):
        if value != NOTHING and (name, value) not in left:
            handler = objects.books.invocations[id_].handler
            message = f"{service}/{key}/{handler} found a value of {name!r} that no call had left there"
            yield invalid(message, subject=f"{service}/{key}", invocation_id=id_, details={"clause": str(ORDER)})
