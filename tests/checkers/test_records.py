"""Records of real runs, kept as fixtures: records/<name>/ with expected.json, {checker: outcome}."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chaos.evidence.record import Record
from chaos.judging import judge

FOLDERS = sorted(path.parent for path in (Path(__file__).parent / "records").glob("*/expected.json"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_real_record_is_judged_as_it_was(folder: Path) -> None:
    """Checkers that expected.json does not name must be VALID."""
    expected: dict[str, str] = json.loads((folder / "expected.json").read_text("utf-8"))
    verdict = judge(Record.open(folder))
    outcomes = {result.checker: str(result.outcome) for result in verdict.checks}
    assert expected.keys() <= outcomes.keys()
    assert outcomes == dict.fromkeys(outcomes, "VALID") | expected
