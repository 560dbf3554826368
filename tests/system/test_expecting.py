"""What a plan states: declared by the checker that looks for it, refused when nobody does, never taken as met."""

from __future__ import annotations

from pathlib import Path

import pytest

from booking.system import SYSTEM
from booking.workloads import Booking
from chaos.checkers import cluster_reacts, steady_state
from chaos.checkers.cluster_reacts import Reaction
from chaos.checkers.steadiness import Steady
from chaos.errors import BadInput
from chaos.judging import fit, judge
from chaos.plan.expect import Bounds, Expect
from chaos.plan.plan import Plan
from chaos.planfile import load_plan, plan_schema
from chaos.system.expecting import looked_for, needs
from chaos.system.system import NO_SYSTEM
from chaos.verdict import Outcome
from tests.checkers.every import CHECKERS
from tests.checkers.world import World


def plan(expect: Expect) -> Plan:
    return Plan(name="calm", workload=Booking(orders=1, seats=1), expect=expect)


def test_values_and_documents_state_the_same() -> None:
    typed = Expect(min_ok=3, outcomes={"ok": Bounds.exactly(2)})
    assert typed == Expect.model_validate({"min_ok": 3, "outcomes": {"ok": {"at_least": 2, "at_most": 2}}})
    assert Expect.model_validate_json(typed.model_dump_json()) == typed


def test_each_checker_reads_its_own() -> None:
    expect = Expect(steady=Steady(recovers_within_s=2), cluster=Reaction(nodes_lost=1))
    assert steady_state.Expects.of(expect).steady == Steady(recovers_within_s=2)
    assert cluster_reacts.Expects.of(expect).cluster == Reaction(nodes_lost=1)
    assert steady_state.Expects.of(Expect()).steady is None


def test_one_that_nobody_declares_is_refused_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"expect.hint: unknown expectation; did you mean 'hints'") as raised:
        fit(plan(Expect(hint=1)), SYSTEM)
    assert "allowed: " in str(raised.value)
    assert "min_ok" in str(raised.value)


def test_one_system_knows_nothing_of_the_expectations_of_another() -> None:
    with pytest.raises(BadInput, match="unknown expectation"):
        fit(plan(Expect(resold=1)), NO_SYSTEM)


def test_one_that_the_named_checks_do_not_look_for_is_refused() -> None:
    with pytest.raises(BadInput, match="none of the plan's checks looks for it; add webhooks_are_hints"):
        fit(plan(Expect(checks=("no_oversell",), hints=1)), SYSTEM)


def test_a_value_of_another_form_is_refused() -> None:
    with pytest.raises(BadInput, match=r"expect\.resold: Input should be greater than or equal to 0"):
        fit(plan(Expect(resold=-1)), SYSTEM)


def test_a_steady_state_without_anything_to_recover_from_is_refused() -> None:
    with pytest.raises(BadInput, match=r"expect\.steady: nothing breaks"):
        fit(plan(Expect(steady=Steady(recovers_within_s=1))), SYSTEM)


def test_a_plan_file_is_told_so_with_its_exit_code(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("name: x\nworkload: {kind: booking, orders: 1, seats: 1}\nexpect: {min_okk: 1}\n", "utf-8")
    with pytest.raises(BadInput, match="did you mean 'min_ok'") as raised:
        load_plan(path)
    assert raised.value.exit_code == 2


def test_only_what_is_stated_needs_something_of_a_backend() -> None:
    assert list(needs(Expect(), CHECKERS)) == []
    assert list(needs(Expect(cluster=Reaction()), CHECKERS)) == [("cluster", frozenset({"cluster"}))]


def test_a_record_that_states_what_nobody_looks_for_is_unknown(tmp_path: Path) -> None:
    assert judge(World().book("o1").write(tmp_path / "good")).outcome is Outcome.VALID
    verdict = judge(World(expect=Expect(older=1)).book("o1").write(tmp_path / "r"))
    assert verdict.outcome is Outcome.UNKNOWN
    assert [finding.message for _, finding in verdict.findings] == ["expect.older: unknown expectation"]


def test_a_record_asks_for_nothing_where_it_states_nothing(tmp_path: Path) -> None:
    world = World(expect=Expect(older=0, newer=None, other={})).book("o1")
    assert judge(world.write(tmp_path / "r")).outcome is Outcome.VALID


def test_the_schema_shows_every_expectation_by_name_and_no_other() -> None:
    shown = plan_schema(SYSTEM)["$defs"]["Expect"]
    assert set(shown["properties"]) == {"checks", *looked_for(CHECKERS)}
    assert shown["additionalProperties"] is False
    assert "resold" not in plan_schema(NO_SYSTEM)["$defs"]["Expect"]["properties"]
