"""replays_fit: no attempt left the path of its journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.checkers import CHECKERS
from chaos.evidence.journal_events import JournalEvent
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World

NAME = "replays_fit"


def tell(world: World, **event: object) -> World:
    """An event of o1's invocation."""
    about = {"invocation_id": world.invocation("o1").id, "after_index": 4, "type": "TransientError"}
    world.rows["journal_events"].append(JournalEvent.model_validate(about | event))
    return world


def test_attempts_that_failed_for_another_reason_are_valid(ask: Ask) -> None:
    world = tell(World().book("o1"), code=500, message="refused", doc_code="RT0007")
    assert ask(NAME, tell(world, type="Paused")).outcome is Outcome.VALID


@pytest.mark.parametrize("mismatch", [{"code": 570}, {"code": 500, "doc_code": "RT0016"}])
def test_a_mismatch_is_invalid_also_when_the_code_found_back(ask: Ask, mismatch: dict[str, object]) -> None:
    world = World().book("o1")
    for _ in range(2):
        tell(world, message="Found a mismatch", command_type="Sleep", **mismatch)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    (finding,) = result.findings
    assert finding.message == (
        "Checkout/o1/run took a different path than its journal after entry 4, at Sleep: Found a mismatch"
    )
    assert (finding.invocation_id, finding.journal_index) == (world.invocation("o1").id, 4)


def test_a_record_from_before_events_were_collected_is_left_alone(tmp_path: Path) -> None:
    record = World().book("o1").write(tmp_path / "r")
    assert CHECKERS[NAME].expected(record)
    del record.meta.sources["journal_events"]
    (tmp_path / "r/journal_events.jsonl").unlink()
    assert not CHECKERS[NAME].expected(record)
    for name, checker in CHECKERS.items():
        if name != NAME and checker.expected(record):
            messages = [finding.message for finding in checker.check(record).findings]
            assert not [message for message in messages if "journal_events" in message]
