"""A name nobody knows is answered with what is allowed, and with the nearest of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.errors import BadInput, did_you_mean, unknown
from chaos.plan.expect import Expect
from chaos.planfile import load_plan
from chaos.session import DEFAULT_SYSTEM, Config, modes
from chaos.system.expecting import asked
from tests.checkers.every import CHECKERS

NAMES = ("kill", "pause", "Respond")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("kil", "; did you mean 'kill'?"),
        ("KILL", "; did you mean 'kill'?"),
        ("respnd", "; did you mean 'Respond'?"),
        ("explode", ""),
        ("", ""),
        (None, ""),
        (["kill"], ""),
        ("k" * 100_000, ""),
    ],
)
def test_the_nearest_allowed_name_is_offered_and_only_if_it_is_near(name: object, said: str) -> None:
    assert did_you_mean(name, NAMES) == said


def test_one_sentence_says_what_is_allowed() -> None:
    assert unknown("fault", "kil", NAMES) == "unknown fault 'kil'; did you mean 'kill'? allowed: kill, pause, Respond"
    assert unknown("fault", 7, NAMES) == "unknown fault 7; allowed: kill, pause, Respond"
    assert len(unknown("fault", "x" * 10_000, NAMES)) < 200


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sed: 3", "sed: unknown field; did you mean 'seed'? allowed: version, name, story, seed"),
        ("zzz: 3", "zzz: unknown field; allowed: version, name"),
        ("expect: {minok: 3}", "expect.minok: unknown expectation; did you mean 'min_ok'?"),
        ("expect: {steady: {good_: 1}}", "expect.steady.good_: unknown field; did you mean 'good'? allowed: good"),
        ("steps: [{id: a, fault: {fault: kil}}]", "steps.0.fault: unknown fault 'kil'; did you mean 'kill'? allowed: "),
        ("steps: [{id: a, fault: {fault: kill, targt: x}}]", "targt: unknown field; did you mean 'target'? allowed: f"),
        ("steps: [{id: a, fault: {fault: kill}, when: {trigger: tme}}]", "unknown trigger 'tme'; did you mean 'time'?"),
        ("steps: [{id: a, fault: {fault: kill}, when: {trigger: [1]}}]", "unknown trigger [1]; allowed: start, time"),
        (
            "steps: [{id: a, fault: {fault: kill}, when: {trigger: time, at: 1}}]",
            "at: unknown field; did you mean 'at_",
        ),
        ("steps: [{id: a, fault: {fault: kill}, untl: 1}]", "untl: unknown field; did you mean 'until'? allowed: id, "),
        ("workload: {kind: bookng}", "workload: unknown kind 'bookng'; did you mean 'booking'? allowed: "),
        ("workload: {kind: booking, clents: 1}", "workload.clents: unknown field; did you mean 'clients'? allowed: k"),
    ],
)
def test_a_plan_with_a_slip_is_told_what_was_meant(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    workload = "" if line.startswith("workload") else "workload: {kind: booking, orders: 1, seats: 1}\n"
    path.write_text(f"name: x\n{workload}{line}", "utf-8")
    with pytest.raises(BadInput) as raised:
        load_plan(path, DEFAULT_SYSTEM)
    assert said in str(raised.value)


def test_what_is_allowed_in_one_place_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: x\nworkload: {kind: booking, orders: 1, seats: 1}\nsed: 1\nstps: []\n", "utf-8")
    with pytest.raises(BadInput) as raised:
        load_plan(path, DEFAULT_SYSTEM)
    assert "stps: unknown field; did you mean 'steps'?" in str(raised.value)
    assert str(raised.value).count("allowed: ") == 1


def test_checkers_backends_and_protocols_are_offered_too() -> None:
    with pytest.raises(BadInput, match="unknown checker 'no_overselling'; did you mean 'no_oversell'"):
        asked(Expect(checks=("no_overselling",)), CHECKERS)
    with pytest.raises(BadInput, match="no backend 'dokcer'; did you mean 'docker'"):
        Config(backend="dokcer")
    with pytest.raises(BadInput, match="no protocol 'bidii'; did you mean 'bidi'"):
        modes(False, "bidii")
