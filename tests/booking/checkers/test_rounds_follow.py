"""rounds_follow: a round ends when it is sold out or is ended, and none is skipped."""

from __future__ import annotations

from chaos.evidence.record import Source
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.parts import restarted
from tests.checkers.world import EVENT, World

NAME = "rounds_follow"


def told(ask: Ask, world: World) -> tuple[Outcome, list[str]]:
    result = ask(NAME, world)
    return result.outcome, [finding.message for finding in result.findings]


def reset(world: World, round_: int) -> World:
    number = world.told("invoke", f"Event/{EVENT}/reset", input={"round": round_})
    world.told("ok", f"Event/{EVENT}/reset", number, status=200, output={"round": 2})
    return world


def test_a_round_that_was_sold_out_is_followed_by_the_next(ask: Ask) -> None:
    assert told(ask, restarted(expect=Expect(rounds=1))) == (Outcome.VALID, [])


def test_a_round_that_ended_early_is_invalid(ask: Ask) -> None:
    world = World(seats=2).book("o1", "A1")
    world.price = (world.price or {}) | {"auto_reset": True}
    world.next_round("A1")
    assert told(ask, world) == (Outcome.INVALID, [f"round 1 of {EVENT} ended, and this seat was not sold in it"])


def test_a_sold_out_round_that_nothing_follows_is_invalid(ask: Ask) -> None:
    world = World(seats=1).book("o1", "A1")
    world.price = (world.price or {}) | {"auto_reset": True}
    assert told(ask, world) == (Outcome.INVALID, [f"round 1 of {EVENT} is sold out, and no new one began"])


def test_a_reset_that_is_repeated_skips_no_round(ask: Ask) -> None:
    assert told(ask, reset(reset(restarted(), 1), 1)) == (Outcome.VALID, [])
    skipped = reset(reset(restarted(), 1), 1)
    skipped.next_round("A1")
    said = f"{EVENT} is in round 3; after resets of 1 it must be 2"
    assert told(ask, skipped) == (Outcome.INVALID, [said])


def test_fewer_rounds_than_the_plan_expects_is_unknown(ask: Ask) -> None:
    assert told(ask, restarted(expect=Expect(rounds=2)))[0] is Outcome.UNKNOWN


def test_resets_that_failed_or_skip_a_round_lead_nowhere(ask: Ask) -> None:
    failed = restarted()
    number = failed.told("invoke", f"Event/{EVENT}/reset", input={"round": 2})
    failed.told("fail", f"Event/{EVENT}/reset", number, status=404, code="unknown_event")
    assert told(ask, reset(failed, 1)) == (Outcome.VALID, [])
    assert told(ask, reset(reset(restarted(), 1), 5)) == (Outcome.VALID, [])


def test_before_all_is_at_rest_it_is_unknown(ask: Ask) -> None:
    sold_out = World(seats=1, converged_at_ms=None).book("o1", "A1").stick("o1")
    sold_out.price = (sold_out.price or {}) | {"auto_reset": True}
    assert told(ask, sold_out)[0] is Outcome.UNKNOWN
    behind = World(seats=2, converged_at_ms=None).book("o1", "A1").book("o2", "A2").stick("o2")
    assert told(ask, reset(behind, 1))[0] is Outcome.UNKNOWN


def test_resets_that_a_cut_history_does_not_tell_of_accuse_nobody(ask: Ask) -> None:
    world = reset(restarted(), 1)
    world.next_round("A1")
    world.sources["history"] = Source(state="partial", reason="cut")
    assert told(ask, world)[0] is Outcome.UNKNOWN
