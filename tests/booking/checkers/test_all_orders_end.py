"""all_orders_end: nothing killed, nothing given up, nothing still under way."""

from __future__ import annotations

import pytest

from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "all_orders_end"


def test_orders_that_ended_are_valid(ask: Ask) -> None:
    result = ask(NAME, World().book("o1").decline("o2", "A2").book("o3", "A2", told="resolve").reserve("o4", "A3"))
    assert (result.outcome, result.cases) == (Outcome.VALID, 4)
    assert result.details["scheduled"] == 4


@pytest.mark.parametrize("status", ["running", "suspended", "backing-off", "ready", "pending", "scheduled"])
def test_an_order_still_open_is_unknown_and_named(ask: Ask, status: str) -> None:
    world = World().book("o1").stick("o1", status)
    world.alter("invocations", lambda row: row.key == "o1", last_failure="[500] no route")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    (finding,) = result.findings
    assert finding.message == f"Checkout/o1/run is still {status}: [500] no route"
    assert (finding.case, finding.invocation_id) == ("o1", "inv_0000")


def test_a_paused_invocation_was_given_up(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("invocations", lambda row: row.handler == "notify", status="paused", last_failure="[500] boom")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message == "Notifications/user-o1/notify is paused: [500] boom"
    assert result.findings[0].case == "o1"


def test_a_paused_invocation_proves_nothing_while_something_is_broken(ask: Ask) -> None:
    world = World(healed_at_ms=None).book("o1").stick("o1", "paused")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_code_that_left_the_path_of_its_journal(ask: Ask) -> None:
    world = World().book("o1").stick("o1", "backing-off")
    world.alter("invocations", lambda row: row.key == "o1", last_failure="[570 Journal mismatch] Found a mismatch")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert result.findings[0].message.startswith("Checkout/o1/run is not deterministic: [570")


def test_code_that_found_back_to_its_path_has_ended(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("invocations", lambda row: row.key == "o1", last_failure="[570 Journal mismatch] Found a mismatch")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_killed_invocation(ask: Ask) -> None:
    world = World().book("o1").stick("o1")
    world.alter(
        "invocations", lambda row: row.key == "o1", status="completed", result="failure", failure="[409] killed"
    )
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (Outcome.INVALID, "Checkout/o1/run was killed")


def test_a_business_failure_is_not_a_kill(ask: Ask) -> None:
    assert ask(NAME, World().book("o1").refuse("o2")).outcome is Outcome.VALID


def test_a_stuck_ticket_or_message_counts_too(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("invocations", lambda row: row.service == "SeatMap", status="backing-off")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_reads_and_timers_at_rest_do_not_count(ask: Ask) -> None:
    world = World().book("o1")
    read = {"id": "inv_r", "service": "Checkout", "handler": "status", "status": "running", "invoked_by_id": None}
    world.rows["invocations"].append(world.invocation("o1").model_copy(update=read))
    idle = {"id": "inv_i", "service": "UserSession", "handler": "idle", "status": "scheduled"}
    world.rows["invocations"].append(world.invocation("o1").model_copy(update=idle))
    assert ask(NAME, world).outcome is Outcome.VALID


def lost(world: World, order: str) -> World:
    """Restate never heard of the order."""
    world.drop("invocations", lambda row: row.key == order)
    known = {row.id for row in world.rows["invocations"]}
    world.drop("journal", lambda entry: entry.invocation_id not in known)
    return world


def test_an_answer_that_never_came_is_unknown_when_restate_does_not_know_the_order(ask: Ask) -> None:
    world = lost(World().book("o1").book("o2", "A2", told="resolve"), "o2")
    world.drop("history", lambda event: event.type == "resolve")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "Checkout/o2/run, was never answered (timeout)" in result.findings[0].message


def test_an_order_that_was_found_never_to_have_run_is_fine(ask: Ask) -> None:
    world = lost(World().book("o1").book("o2", "A2", told="resolve"), "o2")
    world.alter("history", lambda event: event.type == "resolve", conclusion="fail", code="never_ran", output=None)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_unanswered_order_that_restate_knows_has_ended(ask: Ask) -> None:
    world = World().book("o1", told="resolve")
    world.drop("history", lambda event: event.type == "resolve")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_an_unanswered_reservation_is_unknown(ask: Ask) -> None:
    world = World().reserve("o1")
    world.drop("history", lambda event: event.type == "ok")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_no_operation_is_no_case(ask: Ask) -> None:
    assert ask(NAME, World()).outcome is Outcome.UNKNOWN


def test_what_the_plans_operator_paused_or_killed_is_no_fault_of_the_apps(ask: Ask) -> None:
    paused = World().book("o1").book("o2", "A2").stick("o1", "paused")
    killed = World().book("o1").decline("o2", "A2")
    failed = {"failure": "[409] killed", "result": "failure"}
    killed.alter("invocations", lambda row: row.id == killed.invocation("o2").id, **failed)
    for world, order in ((paused, "o1"), (killed, "o2")):
        assert ask(NAME, world).outcome is Outcome.INVALID
        world.fault("operator", "pause_invocation", "stack", detail=world.invocation(order).id)
        assert ask(NAME, world).outcome is not Outcome.INVALID
