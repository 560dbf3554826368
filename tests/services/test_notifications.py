"""Notifications: each listed once and mailed once, unread until exactly it is marked."""

from __future__ import annotations

import json

import pytest
from restate import TerminalError

from services import mail, notifications
from services.errors import refuse
from tests.services.objects import Asked, Object


@pytest.fixture
def inbox() -> Object:
    return Object(notifications.service, "ann")


def notify(inbox: Object, number: int) -> None:
    inbox.call("notify", notification_id=f"n{number}", kind="booking_confirmed", order_id=f"o{number}", to="ann")


def item(number: int, *, read: bool = False) -> dict[str, object]:
    return {
        "notification_id": f"n{number}",
        "kind": "booking_confirmed",
        "order_id": f"o{number}",
        "read": read,
        "mail": None,
    }


def test_a_notification_that_comes_twice_is_listed_and_mailed_once(inbox: Object) -> None:
    notify(inbox, 1)
    notify(inbox, 1)
    assert inbox.call("get") == {"unread": 1, "items": [item(1)]}
    message = mail.Mail(to="ann", subject="Your booking is confirmed", body="Your seat is booked. Order o1")
    assert inbox.asked == [Asked("mail", {"key": "notification:n1", "mail": message})]


def test_one_that_was_read_stays_so_when_it_comes_again(inbox: Object) -> None:
    notify(inbox, 1)
    inbox.call("mark_read", notification_id="n1")
    notify(inbox, 1)
    assert inbox.call("get") == {"unread": 0, "items": [item(1, read=True)]}


def test_only_the_one_that_is_marked_is_read(inbox: Object) -> None:
    notify(inbox, 1)
    notify(inbox, 2)
    inbox.call("mark_read", notification_id="n1")
    inbox.call("mark_read", notification_id="n9")
    assert inbox.call("get") == {"unread": 1, "items": [item(1, read=True), item(2)]}


def test_marking_what_is_not_there_keeps_no_state(inbox: Object) -> None:
    inbox.call("mark_read", notification_id="n1")
    assert inbox.state == {}


def test_the_newest_thousand_are_kept(inbox: Object) -> None:
    kept = [notifications.Item.model_validate(item(number)) for number in range(1_000)]
    notifications.INBOX.write(inbox, notifications.Inbox(items=kept))  # type: ignore[arg-type]
    notify(inbox, 1_000)
    assert inbox.call("get")["items"] == [item(number) for number in range(1, 1_001)]


def test_a_mail_that_is_refused_for_good_is_told_to_a_person(inbox: Object) -> None:
    inbox.answers["mail"] = refuse("gateway_refused", "POST /v1/messages answered 422 invalid")
    with pytest.raises(TerminalError, match=r"^gateway_refused: "):
        notify(inbox, 1)
    inbox.answers.clear()
    notify(inbox, 2)
    assert inbox.call("get") == {"unread": 2, "items": [item(1) | {"mail": "failed"}, item(2)]}
    inbox.call("mark_read", notification_id="n1")
    assert inbox.call("get")["items"][0] == item(1, read=True) | {"mail": "failed"}
    notify(inbox, 1)
    assert [asked.body["key"] for asked in inbox.asked] == ["notification:n1", "notification:n2"], "not asked for again"


def test_a_list_from_before_mails_could_fail_is_read(inbox: Object) -> None:
    old = {"schema": 1, "items": [{key: value for key, value in item(1).items() if key != "mail"}]}
    inbox.state["inbox"] = json.dumps(old).encode()
    assert inbox.call("get") == {"unread": 1, "items": [item(1)]}
