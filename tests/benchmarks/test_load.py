"""Both ways to load a stack, on real ones; and what the command does with a wrong name."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks import load
from benchmarks.cpu import OTHERS
from benchmarks.stacks import Bench, bookings
from chaos.errors import BadInput, ChaosError
from chaos.faults import LinkDown
from chaos.plan.step import Step
from chaos.run.nemesis import check_capabilities

ROOT = Path(__file__).parents[2]
GROUPS = {"restate", "endpoints", "gateway", "mailer", "toxiproxy", "harness", OTHERS}


@pytest.mark.integration
async def test_both_ways_book_every_order_and_say_what_it_took() -> None:
    plan = bookings(orders=6, clients=3)
    async with Bench.open() as bench:
        async with bench.stack(links=True) as stack:
            assert stack.links["ingress"] != stack.ingress
            recorded = await load.recorded(bench, stack, plan)
        async with bench.stack(links=False) as stack:
            assert stack.links["ingress"] == stack.ingress
            with pytest.raises(BadInput, match="needs link"):
                check_capabilities(
                    plan.model_copy(update={"steps": (Step(id="down", fault=LinkDown(link="gateway")),)}),
                    {},
                    stack.backend,
                    stack.capabilities,
                )
            straight = await load.straight(stack, plan)
    for loaded in (recorded, straight):
        assert loaded.orders == 6
        assert loaded.per_second > 0
        assert loaded.cpu_s.keys() == loaded.busy.keys() == GROUPS
        assert loaded.cpu_ms_per_order > 0
    assert recorded.evidence_s > 0


async def test_a_closed_loop_does_each_piece_of_work_once_and_no_more_at_a_time_than_it_has_clients() -> None:
    done: list[int] = []
    at_once = most = 0

    async def work(_: object, piece: int) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        done.append(piece)

    await load.closed_loop(3, range(20), work)
    assert sorted(done) == list(range(20))
    assert most == 3


async def test_a_request_that_fails_ends_the_load_with_one_error() -> None:
    async def refused(_: object, piece: int) -> None:
        raise httpx.ConnectError(f"refused {piece}")

    with pytest.raises(ChaosError, match="request of the load failed: ConnectError"):
        await load.closed_loop(3, range(20), refused)


@pytest.mark.parametrize(("per_second", "orders"), [(0.1, 48), (40, 100), (100_000, 1_000)])
def test_a_load_is_as_long_as_asked_within_bounds(per_second: float, orders: int) -> None:
    assert load.orders_for(2.5, per_second, clients=16) == orders


@pytest.mark.integration
def test_an_unknown_benchmark_is_one_clear_error() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "nope"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("--only: no benchmark 'nope'\n  allowed: startup")
