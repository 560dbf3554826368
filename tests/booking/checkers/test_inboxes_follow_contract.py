"""inboxes_follow_contract: an inbox lists what was sent to it, and as read what was marked."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.evidence.journal import Failure
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import finds, marked_read
from tests.checkers.world import World

NAME = "inboxes_follow_contract"
VIEW = "Notifications/u/get"


def item(order: str, *, read: bool, **more: Any) -> dict[str, Any]:
    return {"notification_id": order, "kind": "booking_confirmed", "order_id": order, "read": read} | more


READ, UNREAD = item("o1", read=True), item("o2", read=False)


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def test_one_that_was_marked_beside_one_that_was_not_is_valid(ask: Ask) -> None:
    result = ask(NAME, marked_read())
    assert (result.outcome, result.findings, result.cases) == (Outcome.VALID, (), 4)


@pytest.mark.parametrize(
    ("unread", "items", "said"),
    [
        (2, [item("o1", read=False), UNREAD], "u: marked as read, and it stands as unread"),
        (0, [READ, item("o2", read=True)], "u: it stands as read, and nobody had marked it"),
        (2, [READ, UNREAD], "u: 1 are unread, and it says 2"),
        (0, [READ], "u: not listed, though it was sent"),
        (0, [READ], "u: not listed, and the order is confirmed"),
        (2, [READ, UNREAD, UNREAD], "u: listed 2 times"),
        (2, [READ, UNREAD, item("o9", read=False)], "u: listed, and nobody had sent it"),
        (1, [READ, item("o2", read=False, order_id="o1")], "u: listed, as another kind or order than it was sent with"),
        (1, [READ, item("o2", read=False, kind="lost")], "u: listed, as another kind or order than it was sent with"),
        (0, 7, "u: a look was answered"),
    ],
)
def test_an_inbox_that_is_wrong_at_the_end(ask: Ask, unread: int, items: Any, said: str) -> None:
    world = marked_read()
    world.views[VIEW] = {"unread": unread, "items": items}
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert any(each.startswith(said) for each in found), found


def looked(world: World, *items: dict[str, Any]) -> World:
    answer = {"unread": sum(not each["read"] for each in items), "items": [*items]}
    world.client(VIEW, act=lambda run: finds(run, answer))
    return world


def test_a_look_after_a_mark_shows_it(ask: Ask) -> None:
    assert told(ask, looked(marked_read(), READ, UNREAD)) == (Outcome.VALID, [])
    outcome, found = told(ask, looked(marked_read(), item("o1", read=False), UNREAD))
    assert (outcome, found) == (Outcome.INVALID, ["u: marked as read, and it stands as unread"])


def test_one_that_was_read_before_it_was_marked(ask: Ask) -> None:
    world = marked_read()
    run = next(row.id for row in world.rows["invocations"] if (row.service, row.handler) == ("Notifications", "get"))
    (output,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run, "Output")]
    world.replace(output, value={"unread": 1, "items": [READ, UNREAD]})
    assert told(ask, world) == (Outcome.INVALID, ["u: it stands as read, and nobody had marked it"])


def test_a_mark_that_was_never_answered_may_have_counted(ask: Ask) -> None:
    for read in (True, False):
        world = marked_read()
        number = world.told("invoke", "Notifications/u/mark_read", input={"notification_id": "o2"})
        world.told("info", "Notifications/u/mark_read", number, code="timeout")
        world.meta["converged_at_ms"] = world.now
        world.views[VIEW] = {"unread": int(not read), "items": [READ, item("o2", read=read)]}
        assert told(ask, world) == (Outcome.VALID, [])


def test_one_that_was_marked_before_it_was_surely_listed_accuses_nobody(ask: Ask) -> None:
    world = marked_read()
    world.drop("history", lambda row: row.target == VIEW)
    world.drop("invocations", lambda row: (row.service, row.handler) == ("Notifications", "get"))
    world.views[VIEW] = {"unread": 2, "items": [item("o1", read=False), UNREAD]}
    assert told(ask, world) == (Outcome.VALID, [])


def test_a_stranger_whom_the_ingress_turned_away_did_nothing(ask: Ask) -> None:
    world = marked_read()
    body = {"notification_id": "o9", "kind": "booking_confirmed", "order_id": "o9", "to": "u"}
    number = world.told("invoke", "Notifications/u/notify", input=body)
    world.told("fail", "Notifications/u/notify", number, status=400, code="refused_by_ingress")
    world.meta["converged_at_ms"] = world.now
    assert told(ask, world) == (Outcome.VALID, [])


def test_an_order_that_failed_has_no_notification(ask: Ask) -> None:
    world = marked_read()
    run = world.invocation("o2")
    world.alter("invocations", lambda row: row.id == run.id, result="failure", failure="[402] declined: no")
    world.drop("history", lambda row: row.target == "Checkout/o2/run")
    (output,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run.id, "Output")]
    world.replace(output, value=None, failure=Failure(code=402, message="declined: no"))
    assert told(ask, world) == (Outcome.INVALID, ["u: listed, and the order failed"])


def test_a_notification_that_is_refused(ask: Ask) -> None:
    world = marked_read()
    run = next(row.id for row in world.rows["invocations"] if row.handler == "notify")
    (output,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run, "Output")]
    world.replace(output, failure=Failure(code=422, message="invalid: to: no"))
    outcome, found = told(ask, world)
    assert outcome is Outcome.INVALID
    assert "u: a notification was refused with invalid" in found


def test_one_whose_mail_was_refused_for_good_is_listed_all_the_same(ask: Ask) -> None:
    world = marked_read()
    run = next(row.id for row in world.rows["invocations"] if row.handler == "notify")
    (output,) = [each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run, "Output")]
    world.replace(output, failure=Failure(code=502, message="gateway_refused: no"))
    assert told(ask, world) == (Outcome.VALID, [])


def test_an_inbox_that_was_to_be_read_at_the_end_and_was_not_is_unknown(ask: Ask) -> None:
    world = marked_read()
    world.load["reads"] = [VIEW]
    world.views[VIEW] = {"error": "ConnectError"}
    assert told(ask, world) == (Outcome.UNKNOWN, ["the inbox of u could not be read at the end"])
