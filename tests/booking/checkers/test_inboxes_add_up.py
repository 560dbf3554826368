"""inboxes_add_up: each confirmed order listed once, unread until it is marked, and read from then."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.record import Source, SourceName
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import marked_read
from tests.checkers.world import World

NAME = "inboxes_add_up"
VIEW = "Notifications/u/get"
READ, UNREAD = {"notification_id": "o1", "read": True}, {"notification_id": "o2", "read": False}


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_one_that_was_marked_beside_one_that_was_not_is_valid(ask: Ask) -> None:
    assert told(ask, marked_read()) == (Outcome.VALID, [])


@pytest.mark.parametrize(
    ("unread", "items", "said"),
    [
        (2, [READ | {"read": False}, UNREAD], "u: marked as read, and stands as unread"),
        (0, [READ, UNREAD | {"read": True}], "u: nobody marked it, and it stands as read"),
        (2, [READ, UNREAD], "u: 1 are unread, and it says 2"),
        (0, [READ], "u: listed 0 times, and confirmed"),
        (2, [READ, UNREAD, UNREAD], "u: listed 2 times, and confirmed"),
        (2, [READ, UNREAD, UNREAD | {"notification_id": "o9"}], "u: listed 1 times, and not confirmed"),
    ],
)
def test_an_inbox_that_is_wrong_at_the_end(ask: Ask, unread: int, items: list[dict[str, Any]], said: str) -> None:
    world = marked_read()
    world.views[VIEW] = {"unread": unread, "items": items}
    assert told(ask, world) == (Outcome.INVALID, [said])


def test_one_that_was_read_before_it_was_marked(ask: Ask) -> None:
    world = marked_read()
    early = {"unread": 1, "items": [READ, UNREAD]}
    world.alter("history", lambda event: (event.target, event.type) == (VIEW, "ok"), output=early)
    assert told(ask, world) == (Outcome.INVALID, ["u: it was read before anybody marked it"])


def test_a_mark_that_was_never_answered_may_have_counted(ask: Ask) -> None:
    world = marked_read()
    number = world.told("invoke", "Notifications/u/mark_read", input={"notification_id": "o2"})
    world.told("info", "Notifications/u/mark_read", number, code="timeout")
    world.meta["converged_at_ms"] = world.now
    for read in (True, False):
        world.views[VIEW] = {"unread": int(not read), "items": [READ, UNREAD | {"read": read}]}
        assert told(ask, world) == (Outcome.VALID, [])


def test_an_inbox_that_was_not_read_is_unknown(ask: Ask) -> None:
    world = marked_read()
    world.views[VIEW] = {"error": "ConnectError"}
    assert told(ask, world) == (Outcome.UNKNOWN, ["the inbox of u could not be read at the end"])


def test_one_that_was_marked_before_it_was_listed_accuses_nobody(ask: Ask) -> None:
    world = marked_read()
    world.alter("history", lambda event: (event.target, event.type) == (VIEW, "ok"), output={"unread": 0, "items": []})
    world.views[VIEW] = {"unread": 2, "items": [READ | {"read": False}, UNREAD]}
    assert told(ask, world) == (Outcome.UNKNOWN, ["nothing in this record exercises the property"])


def test_one_that_was_listed_after_it_was_marked_accuses_nobody(ask: Ask) -> None:
    world = marked_read()
    number = world.told("invoke", VIEW)
    world.told("ok", VIEW, number, status=200, output={"unread": 2, "items": [READ | {"read": False}, UNREAD]})
    early = [event for event in world.rows["history"] if event.target == VIEW][:2]
    world.drop("history", lambda event: event in early)
    world.views[VIEW] = {"unread": 2, "items": [READ | {"read": False}, UNREAD]}
    assert told(ask, world) == (Outcome.UNKNOWN, ["nothing in this record exercises the property"])


def test_another_users_booking_belongs_into_another_inbox(ask: Ask) -> None:
    assert told(ask, marked_read().book("o3", "A3")) == (Outcome.VALID, [])


@pytest.mark.parametrize("part", ["invocations", "journal", None])
def test_one_that_is_not_listed_yet_accuses_nobody_where_more_may_come(ask: Ask, part: SourceName | None) -> None:
    world = marked_read(converged_at_ms=1) if part else marked_read(converged_at_ms=None).book("late", "A3")
    if part:
        world.sources[part] = Source(state="partial", reason="cut")
    else:
        world.stick("late")
    world.views[VIEW] = {"unread": 0, "items": [READ]}
    outcome, said = told(ask, world)
    assert outcome is Outcome.UNKNOWN, said
