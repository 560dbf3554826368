"""notifications_once: one message for a confirmed order, to its user; none for any other."""

from __future__ import annotations

from typing import Any

from booking.model.ledgers import notification_key
from chaos.evidence.record import Source
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World
from tests.checkers.worlds import ONE_OWED

NAME = "notifications_once"


def again(world: World, order: str, **change: str) -> None:
    about = {"message_id": "m_2", "to": f"user-{order}"} | change
    world.attempt("mailer", "/v1/messages", f"notification:{order}", None, 202, "message", **about)


def test_one_message_each_is_valid(ask: Ask) -> None:
    world = World().book("o1").decline("o2", "A2").book("o3", "A2", told="resolve").refuse("o4")
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 4)
    assert result.summary == "2 messages for 2 confirmed orders"


def test_an_attempt_whose_answer_was_lost_is_repeated_without_harm(ask: Ask) -> None:
    world = World().book("o1")
    world.attempt("mailer", "/v1/messages", "notification:o1", None, 202)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_no_message(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("mailer", lambda row: row.effect == "message")
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (Outcome.INVALID, "confirmed, but no message was ever sent")


def test_a_message_under_a_key_of_its_own_is_not_the_one(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("mailer", lambda row: True, key="random")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_messages_under_keys_of_their_own_are_counted(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("mailer", lambda row: True, key="notification:o1:1")
    world.attempt("mailer", "/v1/messages", "notification:o1:2", None, 202, "message", message_id="m_2", to="user-o1")
    (finding,) = ask(NAME, world).findings
    assert finding.message.startswith("no message under its key, 2 under keys of their own")
    assert finding.ledger_rows == (2, 5)


def test_a_message_still_under_way_is_unknown(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("mailer", lambda row: row.effect == "message")
    world.alter("invocations", lambda row: row.handler == "notify", status="backing-off")
    assert "not at rest" in ask(NAME, world).findings[0].message


def refused(mail: str | None, *, detail: str | None = "invalid", **meta: Any) -> World:
    """The mailer refused the message of o1 for good; `mail` is what its inbox says at the end."""
    world = World(**meta).book("o1")
    world.drop("mailer", lambda row: row.effect == "message")
    world.alter("mailer", lambda row: row.kind == "answer", rule_id="r1", status=422, detail=detail)
    item = {"notification_id": "o1", "kind": "booking_confirmed", "order_id": "o1", "read": False, "mail": mail}
    world.views["Notifications/user-o1/get"] = {"unread": 1, "items": [item]}
    return world


def test_a_message_that_was_refused_for_good_needs_a_person(ask: Ask) -> None:
    result = ask(NAME, refused("failed"))
    assert (result.outcome, result.findings[0].case) == (Outcome.UNKNOWN, "o1")
    assert result.findings[0].message == "needs a person: the mailer refused it"
    assert ask("needs_a_person", refused("failed")).cases == 1
    for checker in (NAME, "needs_a_person"):
        assert ask(checker, refused("failed", expect=ONE_OWED)).outcome is Outcome.VALID


def test_a_refused_message_that_nobody_is_told_of_is_invalid(ask: Ask) -> None:
    result = ask(NAME, refused(None, expect=ONE_OWED))
    assert (result.outcome, result.findings[0].case) == (Outcome.INVALID, "o1")
    assert result.findings[0].message == "no message: the mailer refused it, and the inbox does not say so"


def test_a_refused_message_where_nobody_looked_into_the_inbox_is_unknown(ask: Ask) -> None:
    world = refused("failed", expect=ONE_OWED)
    world.views.clear()
    assert "the inbox was not read" in ask(NAME, world).findings[0].message


def test_a_message_that_an_operator_ended_is_no_fault_of_the_app_that_says_so(ask: Ask) -> None:
    for mail, outcome in (("failed", Outcome.VALID), (None, Outcome.INVALID)):
        world = refused(mail, expect=ONE_OWED)
        notify = world.invocation("user-o1", "Notifications", "notify")
        ended = {"result": "failure", "failure": "[409] cancelled"}
        world.alter("invocations", lambda row, id_=notify.id: row.id == id_, **ended)
        world.drop("mailer", lambda row: row.kind == "answer")
        assert ask(NAME, world).outcome is Outcome.INVALID, "nobody said that an operator did it"
        world.fault("operator", "cancel_invocation", "stack", detail=notify.id)
        assert ask(NAME, world).outcome is outcome
        assert ask("needs_a_person", world).outcome is Outcome.VALID


def test_a_refusal_without_a_code_is_none_to_give_up_on(ask: Ask) -> None:
    assert ask(NAME, refused("failed", detail=None)).outcome is Outcome.INVALID


def test_a_message_that_should_have_been_tried_again(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("mailer", lambda row: row.effect == "message")
    world.alter("mailer", lambda row: row.kind == "answer", rule_id="r1", status=503)
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_two_messages_also_when_the_ledger_is_partial(ask: Ask) -> None:
    world = World().book("o1")
    again(world, "o1")
    world.sources["mailer"] = Source(state="partial")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert (result.findings[0].message, result.findings[0].ledger_rows) == ("2 messages were sent", (2, 5))


def test_a_message_to_somebody_else(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("mailer", lambda row: row.effect == "message", to="user-o2")
    assert ask(NAME, world).findings[0].message == "the message went to user-o2, not to user-o1"


def test_a_message_for_a_failed_order(ask: Ask) -> None:
    world = World().decline("o1")
    again(world, "o1")
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (Outcome.INVALID, "sent, but the order failed (declined)")


def test_a_message_for_an_order_that_only_reserved(ask: Ask) -> None:
    world = World().reserve("o1").book("o2", "A2")
    again(world, "o1")
    assert ask(NAME, world).findings[0].message == "sent, but nobody asked to check out this order"


def test_who_asked_to_check_out_cannot_be_told_from_a_partial_history(ask: Ask) -> None:
    world = World().reserve("o1").book("o2", "A2")
    again(world, "o1")
    world.sources["history"] = Source(state="partial")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_an_open_order_is_unknown(ask: Ask) -> None:
    assert ask(NAME, World().book("o1").stick("o1")).outcome is Outcome.UNKNOWN


def test_no_order_is_no_case(ask: Ask) -> None:
    assert ask(NAME, World().reserve("o1")).outcome is Outcome.UNKNOWN


def test_a_message_that_was_to_come_again_later_should_have(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("mailer", lambda row: row.effect == "message")
    world.alter("mailer", lambda row: row.kind == "answer", rule_id="r1", status=429)
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_key_that_no_header_can_carry(ask: Ask) -> None:
    world = World().book("ö1")
    assert ask(NAME, world).outcome is Outcome.INVALID
    world.alter("mailer", lambda row: True, key=notification_key("ö1"))
    result = ask(NAME, world)
    assert (result.outcome, result.summary) == (Outcome.VALID, "1 messages for 1 confirmed orders")
