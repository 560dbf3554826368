"""mails_have_reasons: a mail without its notification or signup, or to somebody else, is INVALID."""

from __future__ import annotations

from typing import Any

import pytest

from booking.model.ledgers import notification_key
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import signed_up
from tests.checkers.world import Run, World

NAME = "mails_have_reasons"


def said(ask: Ask, world: World) -> list[str]:
    """What is INVALID, and nothing else is found."""
    result = ask(NAME, world)
    assert {finding.outcome for finding in result.findings} <= {Outcome.INVALID}
    return [finding.message.partition(" (against ")[0] for finding in result.findings]


def mail(world: World, key: str, to: str = "user-o1") -> None:
    world.attempt("mailer", "/v1/messages", key, None, 202, "message", message_id="m", to=to)


def noted(world: World, key: str, **note: Any) -> None:
    """A notification with its mail."""

    def act(run: Run) -> None:
        name = notification_key(str(note.get("notification_id")))
        run.run("mail", lambda _: mail(world, name, str(note.get("to"))))

    Run(world, "Notifications", key, "notify", note, None).act(act)


def test_every_mail_has_its_reason(ask: Ask) -> None:
    result = ask(NAME, World().book("o1").decline("o2", "A2").book("o3", "A2"))
    assert (result.outcome, result.cases) == (Outcome.VALID, 4)
    assert result.summary == "2 attempts under 2 keys, 2 notifications"


def test_signups_have_mails_too(ask: Ask) -> None:
    assert ask(NAME, signed_up()).outcome is Outcome.VALID


@pytest.mark.parametrize("key", ["random", "notification:o2", "notification:o1:1", "signup:user-o1", "o1"])
def test_a_second_mail_under_another_key(ask: Ask, key: str) -> None:
    world = World().book("o1")
    mail(world, key)
    assert said(ask, world) == [f"row 4: a mail under the key {key!r}, which no notification or signup has"]


def test_a_mail_that_somebody_unknown_got_may_be_left_from_another_run(ask: Ask) -> None:
    world = World().book("o1")
    mail(world, "notification:x", to="q-9-user")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_while_notifications_are_under_way_a_mail_may_still_find_its_own(ask: Ask) -> None:
    world = World().book("o1")
    mail(world, "notification:x")
    world.alter("invocations", lambda row: row.handler == "notify", status="running")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("target", ["user-o1", "in"])
def test_a_mail_to_somebody_else(ask: Ask, target: str) -> None:
    world = signed_up()
    world.alter("mailer", lambda row: row.effect == "message" and row.to == target, to="eve")
    assert [f"the message went to 'eve', not to {target!r}" in each for each in said(ask, world)] == [True]


@pytest.mark.parametrize(("names", "right"), [("o1", True), ("o2", False), ("o1 o2", False), ("nobody", True)])
def test_a_mail_about_another_order(ask: Ask, names: str, right: bool) -> None:
    world = World().book("o1").book("o2", "A2")
    world.alter("mailer", lambda row: row.effect == "message" and row.to == "user-o1", detail=names)
    said_ = said(ask, world)
    assert said_ == ([] if right else ["row 2: the message is about order o2, which it was not asked for"])


def test_a_mail_that_no_run_sent(ask: Ask) -> None:
    world = World().book("o1")
    note = world.invocation("user-o1", "Notifications", "notify")
    mine = [entry for entry in world.rows["journal"] if entry.invocation_id == note.id and entry.type == "Run"]
    for entry in mine:
        world.replace(entry, name="send" if entry.name else None)
    (message,) = said(ask, world)
    assert "has no run mail" in message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"notification_id": "o9"}, "notifies with notification_id 'o9', not 'o1'"),
        ({"to": "eve"}, "notifies with to 'eve', not 'user-o1'"),
    ],
)
def test_another_notification_of_the_same_booking(ask: Ask, change: dict[str, str], message: str) -> None:
    world = World().book("o1")
    note = {"notification_id": "o1", "kind": "booking_confirmed", "order_id": "o1", "to": "user-o1"}
    noted(world, "user-o1", **note | change)
    assert message in said(ask, world)


def test_a_notification_in_another_users_inbox(ask: Ask) -> None:
    world = World().book("o1")
    noted(world, "eve", notification_id="o1", kind="booking_confirmed", order_id="o1", to="user-o1")
    assert "in the inbox of 'eve', not of 'user-o1'" in said(ask, world)


def test_a_notification_of_an_order_that_failed_or_that_nobody_placed(ask: Ask) -> None:
    world = World().decline("o1").book("o2", "A2")
    noted(world, "user-o1", notification_id="o1", kind="booking_confirmed", order_id="o1", to="user-o1")
    assert said(ask, world) == ["notified of an order that failed (declined)"]
    world = World().book("o2", "A2")
    noted(world, "user-o2", notification_id="x", kind="booking_confirmed", order_id="x", to="user-o2")
    assert said(ask, world) == ["notified of an order that nobody placed"]


def test_other_kinds_of_notifications_are_the_apps_own(ask: Ask) -> None:
    world = World().book("o1")
    noted(world, "user-o1", notification_id="n", kind="welcome", to="user-o1")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_name_that_a_header_cannot_carry_is_hashed(ask: Ask) -> None:
    world = World().book("ö1")
    assert said(ask, world) == ["row 1: a mail under the key 'notification:ö1', which no notification or signup has"]
    world.alter("mailer", lambda row: True, key=notification_key("ö1"))
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_name_that_a_header_can_carry_is_not(ask: Ask) -> None:
    world = World().book("o1")
    assert notification_key("o1") == "notification:o1"
    assert notification_key("o1 ").startswith("sha256:")
    mail(world, "sha256:" + "0" * 64)
    assert len(said(ask, world)) == 1
