"""Waiting unless something else happens: what shields itself is let pass, as a pool that is closing connections."""

from __future__ import annotations

import asyncio

import anyio
import anyio.lowlevel
import pytest

from chaos.waiting import unless


async def test_what_comes_to_its_end_first_is_told() -> None:
    assert await unless(asyncio.Event(), asyncio.sleep(0))


async def test_what_would_last_is_cancelled_when_the_other_has_happened() -> None:
    over, closed = asyncio.Event(), []

    async def lasting() -> None:
        try:
            over.set()
            await asyncio.Event().wait()
        finally:
            closed.append("waited")

    async with asyncio.timeout(20):
        assert not await unless(over, lasting())
    assert closed == ["waited"]


async def test_what_shields_itself_is_finished() -> None:
    over, closed = asyncio.Event(), []

    async def closing() -> None:
        with anyio.CancelScope(shield=True):
            over.set()
            for connection in range(3):
                await anyio.lowlevel.checkpoint()
                closed.append(connection)
        await anyio.sleep_forever()

    async with asyncio.timeout(20):
        assert not await unless(over, closing())
    assert closed == [0, 1, 2]


async def test_what_goes_wrong_comes_out_alone() -> None:
    async def breaks() -> None:
        raise ValueError("slipped")

    with pytest.raises(ValueError, match="slipped"):
        await unless(asyncio.Event(), breaks())
