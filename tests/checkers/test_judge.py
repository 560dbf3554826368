"""judge: all checkers or the named ones; no crash passes for an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

import booking.checkers
from booking.checkers.retries_back_off import Backoff
from chaos.errors import BadInput
from chaos.evidence.record import Record
from chaos.judging import judge
from chaos.plan.expect import Expect
from chaos.system.checker import Checker
from chaos.verdict import CheckResult, Outcome
from tests.checkers.every import CHECKERS
from tests.checkers.world import World


def names(record: Record) -> list[str]:
    return [result.checker for result in judge(record).checks]


def test_a_good_run_is_valid(tmp_path: Path) -> None:
    verdict = judge(World().book("o1").decline("o2", "A2").write(tmp_path / "r"))
    assert (verdict.outcome, verdict.plan, verdict.seed) == (Outcome.VALID, "p", 1)


def test_what_a_plan_gives_nothing_to_look_for_is_left_out(tmp_path: Path) -> None:
    left_out = {"faults_landed", "expected_outcomes", "retries_back_off", "deployments_served"}
    plain = names(World().book("o1").write(tmp_path / "1"))
    assert {"exactly_once_charge", "no_oversell", "saga_complete", "not_vacuous"} <= {*plain}
    assert not left_out & {*plain}
    asked = World(expect=Expect(resold=1, backoff=Backoff(attempts=3), deployments=1)).book("o1").fault()
    assert names(asked.write(tmp_path / "2")) == [name for name in CHECKERS if name in {*plain} | left_out]


def test_the_named_checkers_are_asked_whatever_they_find(tmp_path: Path) -> None:
    record = World(expect=Expect(checks=("faults_landed", "no_oversell"))).book("o1").write(tmp_path / "r")
    assert names(record) == ["faults_landed", "no_oversell"]
    assert judge(record).outcome is Outcome.UNKNOWN


def test_no_checker_at_all_proves_nothing(tmp_path: Path) -> None:
    assert judge(World(expect=Expect(checks=())).book("o1").write(tmp_path / "r")).outcome is Outcome.UNKNOWN


def test_an_unknown_checker_is_bad_input(tmp_path: Path) -> None:
    record = World(expect=Expect(checks=("no_oversel",))).book("o1").write(tmp_path / "r")
    with pytest.raises(BadInput, match=r"no_oversel.*\n.*allowed: exactly_once_charge, no_oversell"):
        judge(record)


def test_a_damaged_record_is_bad_input(tmp_path: Path) -> None:
    record = World().book("o1").write(tmp_path / "r")
    lines = (tmp_path / "r" / "gateway.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "r" / "gateway.jsonl").write_text("\n".join(["{}", *lines[1:]]) + "\n", "utf-8")
    with pytest.raises(BadInput, match=r"gateway\.jsonl"):
        judge(record)


def test_a_checker_that_crashes_is_unknown_and_the_others_are_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: Record) -> CheckResult:
        raise RuntimeError("boom")

    monkeypatch.setitem(booking.checkers.CHECKERS, "no_oversell", Checker(crash))
    world = World().book("o1")
    assert judge(world.write(tmp_path / "1")).outcome is Outcome.UNKNOWN
    world.capture("o1")
    verdict = judge(world.write(tmp_path / "2"))
    assert verdict.outcome is Outcome.INVALID
    crashed = next(result for result in verdict.checks if result.checker == "no_oversell")
    assert crashed.findings[0].message == "the checker crashed: RuntimeError: boom"


def test_a_record_without_its_decisions_is_unknown(tmp_path: Path) -> None:
    record = World().book("o1").write(tmp_path / "r")
    (tmp_path / "r" / "decisions.json").unlink()
    assert judge(record).outcome is Outcome.UNKNOWN


def test_findings_come_with_their_checker_and_the_invalid_ones_first(tmp_path: Path) -> None:
    world = World(converged_at_ms=None).book("o1")
    world.capture("o1")
    found = judge(world.write(tmp_path / "r")).findings
    assert [name for name, _ in found] == ["exactly_once_charge", "charges_have_reasons", "not_vacuous"]


def test_a_damaged_record_accuses_nobody(tmp_path: Path) -> None:
    world = World().book("o1")
    world.capture("o1")
    assert judge(world.write(tmp_path / "whole")).outcome is Outcome.INVALID
    world.rows["mailer"].append(world.rows["mailer"][-1])  # a page that was read twice
    verdict = judge(world.write(tmp_path / "damaged"))
    assert verdict.outcome is Outcome.UNKNOWN
    charged = next(result for result in verdict.checks if result.checker == "exactly_once_charge")
    assert charged.outcome is Outcome.UNKNOWN
    assert charged.findings[0].message.endswith("(in a damaged record)")


def test_damage_is_looked_for_also_where_a_plan_names_its_checkers(tmp_path: Path) -> None:
    world = World(expect=Expect(checks=("exactly_once_charge",))).book("o1")
    world.capture("o1")
    world.rows["mailer"].append(world.rows["mailer"][-1])
    assert judge(world.write(tmp_path / "r")).outcome is Outcome.UNKNOWN
