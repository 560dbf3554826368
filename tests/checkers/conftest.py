"""What checker tests share: a record of a world, and one checker's answer about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.verdict import CheckResult
from tests.checkers.every import CHECKERS
from tests.checkers.world import World

Ask = Callable[[str, World], CheckResult]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """One checker's answer about a world."""
    asked = 0

    def answer(checker: str, world: World) -> CheckResult:
        nonlocal asked
        asked += 1
        return CHECKERS[checker].check(world.write(tmp_path / f"record-{asked}"))

    return answer
