"""needs_a_person: a compensation that failed is owned up to, and the next one is tried."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.judging import judge
from chaos.plan.expect import Bounds, Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import EVENT, World
from tests.checkers.worlds import ONE_OWED, owed

NAME = "needs_a_person"


def test_what_the_plan_expects_and_the_status_says_is_valid(ask: Ask) -> None:
    world = owed()
    for checker in (NAME, "exactly_once_charge", "saga_complete"):
        result = ask(checker, world)
        assert (result.outcome, result.findings) == (Outcome.VALID, ()), checker


def test_what_the_plan_does_not_expect_is_unknown_and_names_the_order(ask: Ask) -> None:
    for checker in (NAME, "exactly_once_charge", "saga_complete"):
        result = ask(checker, owed(expect=Expect()))
        assert result.outcome is Outcome.UNKNOWN, checker
        assert result.findings[0].case == "owed"
        assert "needs a person: " in result.findings[0].message


def test_a_failure_that_the_status_hushes_up_is_invalid(ask: Ask) -> None:
    result = ask(NAME, owed("done"))
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "refund was given up, and the order's status does not say so"
    assert ask("exactly_once_charge", owed("done")).outcome is Outcome.UNKNOWN


def test_a_release_that_was_not_tried_is_invalid(ask: Ask) -> None:
    world = owed()
    world.drop("journal", lambda entry: entry.target == f"Ticket/{EVENT}:A1/release")
    world.alter("invocations", lambda row: row.id == world.invocation("owed").id, journal_size=None)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "after a compensation that was given up, the release was not tried"


def test_a_release_that_was_tried_before_only_is_invalid(ask: Ask) -> None:
    world = owed()
    run = world.invocation("owed")
    (release,) = [
        entry
        for entry in world.rows["journal"]
        if entry.kind == "command" and entry.target == f"Ticket/{EVENT}:A1/release"
    ]
    refund = world.entry("owed", "command", "refund")
    for one, other in ((release, refund.index), (refund, release.index)):
        world.replace(one, index=other)
    assert release.invocation_id == run.id
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].case) == (Outcome.INVALID, "owed")


def test_a_status_that_was_not_read_is_unknown(ask: Ask) -> None:
    world = owed()
    world.views["Checkout/owed/status"] = {"error": "ReadTimeout"}
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (Outcome.UNKNOWN, "its status could not be read")


def test_fewer_or_more_than_expected_is_unknown(ask: Ask) -> None:
    assert ask(NAME, World(expect=ONE_OWED).book("o1")).outcome is Outcome.UNKNOWN
    assert ask(NAME, owed(expect=Expect(needs_a_person=Bounds.exactly(2)))).outcome is Outcome.UNKNOWN


def test_it_is_asked_where_there_is_a_case(tmp_path: Any) -> None:
    asked = {result.checker for result in judge(owed(expect=Expect()).write(tmp_path / "owed")).checks}
    assert NAME in asked
    assert NAME not in {result.checker for result in judge(World().book("o1").write(tmp_path / "good")).checks}


def test_an_order_that_is_still_undone_may_have_its_release_to_come(ask: Ask) -> None:
    world = owed().stick("owed")
    world.drop("journal", lambda entry: entry.target == f"Ticket/{EVENT}:A1/release")
    assert ask(NAME, world).outcome is not Outcome.INVALID


def again(done: bool) -> World:
    """An order whose workflow tries its refund once more, after the release: in vain, or not."""
    world = owed()
    run = world.invocation("owed")
    output = next(each for each in world.rows["journal"] if (each.invocation_id, each.type) == (run.id, "Output"))
    refund = world.entry("owed", "notification", "refund")
    failed = {} if done else {"failure": refund.failure}
    for at, kind in enumerate(("command", "notification")):
        name = "refund" if kind == "command" else None
        entry = refund.model_copy(
            update={"failure": None, "kind": kind, "name": name, "completion_id": 99} | (failed if at else {})
        )
        world.rows["journal"].append(entry.model_copy(update={"index": output.index + at}))
    world.replace(output, index=output.index + 2)
    world.alter("invocations", lambda row: row.id == run.id, journal_size=(run.journal_size or 0) + 2)
    return world


def test_what_a_workflow_tries_again_itself_is_given_up_when_it_stops(ask: Ask) -> None:
    world = again(done=False)
    assert ask(NAME, world).outcome is Outcome.VALID
    world.views.clear()
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_what_a_workflow_did_at_a_later_try_was_not_given_up(ask: Ask) -> None:
    world = again(done=True)
    world.views.clear()
    assert ask(NAME, world).cases == 0


def given_up_on(detail: str | None, attempts: int = 1, *, status: int = 404) -> World:
    """Every attempt at the refund was answered so, and it was given up."""
    world = owed()
    world.drop("gateway", lambda row: row.path == "/v1/refunds")
    for _ in range(attempts):
        world.attempt("gateway", "/v1/refunds", "refund:owed", "owed", status, detail=detail, rule_id="r1")
    return world.fault("proxy", "respond", "gateway", rule_id="r1")


@pytest.mark.parametrize(("detail", "status"), [(None, 404), ("in_progress", 409), ("busy", 429), ("down", 503)])
def test_giving_up_on_what_is_not_the_last_word_is_invalid(ask: Ask, detail: str | None, status: int) -> None:
    result = ask(NAME, given_up_on(detail, status=status))
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == (
        "refund was given up after 1 of 20 attempts, though no answer was the last word"
    )
    assert result.findings[0].case == "owed"


def test_giving_up_on_the_last_word_or_after_the_attempts_is_valid(ask: Ask) -> None:
    assert ask(NAME, given_up_on("unknown_charge")).outcome is Outcome.VALID
    assert ask(NAME, given_up_on(None, 20)).outcome is Outcome.VALID


def test_giving_up_where_attempts_may_have_been_lost_on_the_way_is_no_proof(ask: Ask) -> None:
    assert ask(NAME, given_up_on(None).fault()).outcome is Outcome.VALID
