"""one_way_calls_arrive: no message that was sent is lost."""

from __future__ import annotations

from pathlib import Path

from chaos.checkers import CHECKERS
from chaos.evidence.journal import JournalEntry
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "one_way_calls_arrive"


def lose(world: World, handler: str) -> World:
    """The invocations of a handler are gone, with their journals."""
    world.drop("invocations", lambda row: row.handler == handler)
    known = {row.id for row in world.rows["invocations"]}
    world.rows["journal"] = [entry for entry in world.rows["journal"] if entry.invocation_id in known]
    return world


def test_messages_that_arrived_or_wait_for_their_time_are_valid(ask: Ask) -> None:
    result = ask(NAME, World().book("o1").decline("o2", "A2"))
    assert (result.outcome, result.cases) == (Outcome.VALID, 7)  # 4 to the map, 2 timers, 1 mail


def test_a_message_that_never_arrived(ask: Ask) -> None:
    world = lose(World().book("o1"), "notify")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    (finding,) = result.findings
    assert (
        finding.message == "Checkout/o1/run sent to Notifications/user-o1/notify, but Restate knows no such invocation"
    )
    assert finding.invocation_id == world.invocation("o1").id


def test_a_message_that_came_to_another_handler(ask: Ask) -> None:
    world = World().book("o1")
    world.alter("invocations", lambda row: row.handler == "notify", key="somebody")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert "but Notifications/somebody/notify was invoked" in result.findings[0].message


def test_a_timer_that_was_cancelled_leaves_nothing(ask: Ask) -> None:
    world = World().reserve("o1")
    timer, run = (
        world.invocation(world.key("A1"), "Ticket", "expire"),
        world.invocation(world.key("A1"), "Ticket", "reserve"),
    )
    lose(world, "expire")
    assert ask(NAME, world).outcome is Outcome.INVALID
    world.alter("invocations", lambda row: row.id == run.id, journal_size=run.journal_size + 1)
    world.rows["journal"].append(
        JournalEntry(
            invocation_id=run.id, index=run.journal_size, kind="command", type="SendSignal", invoked_id=timer.id
        )
    )
    assert ask(NAME, world).outcome is Outcome.VALID


def test_what_the_run_had_restate_forget_accuses_nobody(ask: Ask) -> None:
    assert ask(NAME, lose(World().book("o1"), "notify").fault("forget", "purge", "stack")).outcome is Outcome.VALID


def test_who_still_runs_may_have_sent_what_was_not_seen_yet(ask: Ask) -> None:
    world = lose(World().book("o1").stick("o1"), "notify")
    assert ask(NAME, world).outcome is Outcome.VALID


def test_without_a_one_way_call_it_is_left_out(tmp_path: Path) -> None:
    assert not CHECKERS[NAME].expected(World().write(tmp_path / "r"))
