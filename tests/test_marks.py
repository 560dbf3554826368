"""Tests that start processes are marked: `make check` leaves them out."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest


def test_a_test_that_is_not_marked_can_start_no_process() -> None:
    with pytest.raises(AssertionError, match="mark it"):
        subprocess.run([sys.executable, "-c", ""], check=True)


async def test_nor_can_one_that_awaits_it() -> None:
    with pytest.raises(AssertionError, match="mark it"):
        await asyncio.create_subprocess_exec(sys.executable, "-c", "")


@pytest.mark.integration
def test_one_that_is_marked_can() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)
