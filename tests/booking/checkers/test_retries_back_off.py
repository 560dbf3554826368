"""retries_back_off: attempts at growing gaps, and Restate seen backing off."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.checkers import retries_back_off
from booking.checkers.retries_back_off import Backoff
from booking.settings import BookingSettings
from chaos.plan.expect import Expect
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "retries_back_off"


def retried(*gaps_ms: int, attempts: int = 4, sampled: bool = True, cap_ms: int = 10_000) -> World:
    """One order whose charge attempts arrived at these gaps."""
    settings = BookingSettings(retry_max_ms=cap_ms)
    world = World(expect=Expect(backoff=Backoff(attempts=attempts)), settings=settings)
    world.book("o1", attempts=len(gaps_ms) + 1)
    at_ms = 0
    arrivals = [row for row in world.rows["gateway"] if row.kind == "arrival"]
    for arrival, gap_ms in zip(arrivals, (0, *gaps_ms), strict=True):
        at_ms += gap_ms
        world.alter("gateway", lambda row, arrival=arrival: row is arrival, at_ms=at_ms)
    if sampled:
        world.sample("o1")
    return world


@pytest.mark.parametrize("gaps_ms", [(100, 200, 400), (130, 230, 430), (110, 260, 500, 820), (100, 200, 400, 390)])
def test_gaps_that_grow_by_about_the_factor(ask: Ask, gaps_ms: tuple[int, ...]) -> None:
    result = ask(NAME, retried(*gaps_ms, cap_ms=1_000 if len(gaps_ms) < 4 else 430))
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


@pytest.mark.parametrize("gaps_ms", [(100, 100, 100), (400, 200, 100), (100, 900, 8_100), (0, 0, 0)])
def test_gaps_that_do_not(ask: Ask, gaps_ms: tuple[int, ...]) -> None:
    result = ask(NAME, retried(*gaps_ms))
    assert result.outcome is Outcome.UNKNOWN
    assert "grew by about 2" in result.findings[0].message


def test_one_order_that_shows_it_is_enough(ask: Ask) -> None:
    world = retried(100, 200, 400)
    for at_ms in (0, 100, 200, 300):
        world.attempt("gateway", "/v1/charges", "charge:o2", "o2", 503, at_ms=at_ms)
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.VALID, 2)


def test_gaps_that_were_never_free_to_grow_show_nothing(ask: Ask) -> None:
    assert ask(NAME, retried(100, 100, 100, cap_ms=100)).outcome is Outcome.UNKNOWN


def test_too_few_attempts(ask: Ask) -> None:
    result = ask(NAME, retried(100, 200))
    assert (result.outcome, result.findings[0].message) == (
        Outcome.UNKNOWN, "no order was charged in 4 attempts",
    )  # fmt: skip


def test_never_sampled_backing_off(ask: Ask) -> None:
    result = ask(NAME, retried(100, 200, 400, sampled=False))
    assert (result.outcome, result.findings[0].message) == (Outcome.UNKNOWN, "no checkout was seen backing off")


def test_a_plan_without_a_backoff_does_not_ask_for_it(tmp_path: Path) -> None:
    assert not retries_back_off.expected(World().book("o1").write(tmp_path / "1"))
    assert retries_back_off.expected(retried(100, 200, 400).write(tmp_path / "2"))
