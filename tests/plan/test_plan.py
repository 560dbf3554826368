"""Plans: what is refused and how, and that a seed decides everything and the same every time."""

from pathlib import Path
from random import Random

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from booking.system import SYSTEM
from booking.workloads import Booking, ReserveRush
from chaos.errors import BadInput
from chaos.faults import CrashLoop, Deploy, Kill, Pause, Respond, Restart, Terminate
from chaos.faults.processes import ProcessFault
from chaos.plan.expect import Bounds
from chaos.plan.plan import Plan, decide
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.planfile import load_plan, plan_schema, schema_text
from chaos.session import DEFAULT_SYSTEM
from chaos.textfile import TextLoader

GOOD = "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\n"
PLAN = Plan(
    name="a_plan",
    workload=Booking(orders=50, seats=20, clients=4, declined=5),
    steps=(Step(id="crash", fault=Kill()), Step(id="flaky", fault=Respond(on="charge", status=503, probability=0.1))),
)


def test_the_same_seed_makes_the_same_decisions() -> None:
    assert decide(PLAN, "a_plan-1", 2) == decide(PLAN, "a_plan-1", 2)


def test_another_seed_decides_orders_victims_and_draws_differently() -> None:
    first, second = decide(PLAN, "s", 16), decide(PLAN.model_copy(update={"seed": 2}), "s", 16)
    assert {call.key for call in first.load.operations}.isdisjoint(call.key for call in second.load.operations)
    assert [step.fault for step in first.steps] != [step.fault for step in second.steps]


def test_victims_and_rule_seeds_are_drawn_before_the_run() -> None:
    crash, flaky = decide(PLAN, "s", 2).steps
    assert crash.fault.target in {"endpoint-0", "endpoint-1"}
    assert isinstance(flaky.fault.seed, int)


def test_every_key_begins_with_the_scope_and_every_order_is_new() -> None:
    load = decide(PLAN, "a_plan-7", 2).load
    assert all(call.input["user_id"].startswith("a_plan-7-") for call in load.operations)
    assert all(call.key.startswith("a_plan-7-") for call in load.opening)
    assert len({call.key for call in load.operations}) == 50


def test_every_seat_is_wanted_once_before_any_is_wanted_again() -> None:
    operations = decide(PLAN, "s", 2).load.operations
    assert len({call.input["seat_id"] for call in operations[:20]}) == 20


def test_a_plan_survives_its_own_json() -> None:
    assert Plan.model_validate_json(PLAN.model_dump_json()) == PLAN


def test_the_published_schema_is_current_and_accepts_the_example_plans() -> None:
    assert Path("docs/plan.schema.json").read_text("utf-8") == schema_text(SYSTEM)
    validator = Draft202012Validator(plan_schema(SYSTEM))
    for path in sorted(Path("docs/plans").glob("*.yaml")):
        validator.validate(yaml.load(path.read_text("utf-8"), TextLoader))
        load_plan(path, DEFAULT_SYSTEM)


def test_a_plan_dumped_as_json_fits_the_schema() -> None:
    Draft202012Validator(plan_schema(SYSTEM)).validate(PLAN.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nworkload: {kind: nonsense}", "unknown kind 'nonsense'; allowed: abandoned_holds, booking, "),
        (
            "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\nsteps: [{id: a, fault: {fault: flood}}]",
            "allowed: ",
        ),
        (
            "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\n"
            "steps: [{id: a, fault: {fault: link_down, link: The Moon}}]",
            "fault.link",
        ),
        (
            "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\n"
            "steps: [{id: a, fault: {fault: kill}, until: {trigger: time, at_s: -1}}]",
            "greater than or equal to 0",
        ),
        ("name: x\nworkload: {kind: booking, orders: 1, seats: 1}\nspeed: 9", "speed"),
        ("name: x\nworkload: {kind: booking, orders: 1, seats: 1, declined: 2}", "at most all of them"),
        (
            "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\n"
            "steps: [{id: a, fault: {fault: kill}, when: {trigger: hold, step: b}}]",
            "waits for step 'b'",
        ),
        (
            "name: x\nworkload: {kind: booking, orders: 1, seats: 1}\n"
            "steps: [{id: a, fault: {fault: hang, on: chargse}}]",
            "unknown operation 'chargse'; did you mean 'charge'?",
        ),
        ("- a list", "not a mapping"),
        ("a: b: c", "neither YAML nor JSON"),
        ("", "not a mapping"),
    ],
)
def test_a_wrong_plan_is_one_error_that_says_what_is_allowed(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput) as caught:
        load_plan(path, DEFAULT_SYSTEM)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_plan_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load_plan(tmp_path / "none.yaml", DEFAULT_SYSTEM)


def test_steps_need_ids_of_their_own() -> None:
    with pytest.raises(ValueError, match="is used twice"):
        Plan(name="x", workload=ReserveRush(), steps=(Step(id="a", fault=Kill()), Step(id="a", fault=Kill())))


@pytest.mark.parametrize(("count", "held"), [(0, False), (2, True), (3, True), (4, False)])
def test_bounds(count: int, held: bool) -> None:
    assert Bounds(at_least=2, at_most=3).hold(count) is held


def test_an_upgrade_needs_a_stack_of_its_own() -> None:
    upgrade = {"name": "p", "workload": PLAN.workload, "steps": (Step(id="upgrade", fault=Deploy()),)}
    assert Plan(**upgrade, stack=StackSpec(own=True, app="versions.nexus_v1:app")).steps[0].fault.app is None
    with pytest.raises(ValidationError, match=r"upgrade \(deploy\) lasts; the stack must be the plan's own"):
        Plan(**upgrade)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{fault: terminate, target: The Moon}", "fault.target"),
        ("{fault: terminate, grace_s: 0}", "grace_s: Input should be greater than 0"),
        ("{fault: restart, down_ms: -1}", "down_ms: Input should be greater than or equal to 0"),
        ("{fault: restart, graceful: perhaps}", "graceful: Input should be a valid boolean"),
        ("{fault: crash_loop, times: 1}", "times: Input should be greater than or equal to 2"),
        ("{fault: cpu_starve, percent: 0}", "percent: Input should be greater than or equal to 1"),
        ("{fault: cpu_starve, percent: 60}", "percent: Input should be less than or equal to 50"),
        (
            "{fault: clock_skew, ahead_s: -9}",
            "-9 s cannot be seen in an answer's date; use at least 10, or at most -10",
        ),
        ("{fault: clock_skew, ahead_s: .inf}", "less than or equal to 31622400"),
        ("{fault: clock_skew, target: restate}", "Input should be 'endpoint' or 'endpoints'"),
        ("{fault: crash_loop, every_ms: soon}", "every_ms: Input should be a valid integer"),
    ],
)
def test_what_no_process_fault_may_be(fault: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD + f"steps: [{{id: a, fault: {fault}}}]", "utf-8")
    with pytest.raises(BadInput) as raised:
        load_plan(path, DEFAULT_SYSTEM)
    assert said in str(raised.value)


def test_one_of_restates_nodes_is_drawn_by_the_seed_and_is_the_server_where_there_is_one() -> None:
    drawn = [Kill(target="node").resolve(Random(seed), 2, 3).target for seed in range(20)]
    assert set(drawn) == {"restate-1", "restate-2", "restate-3"}
    assert drawn == [Kill(target="node").resolve(Random(seed), 2, 3).target for seed in range(20)]
    assert Kill(target="node").resolve(Random(1), 2).target == "restate"


def test_faults_of_different_nodes_may_meet_and_one_of_all_of_them_may_meet_none() -> None:
    first, second = (Step(id=f"dead_{n}", fault=Kill(target=f"restate-{n}")) for n in (1, 2))
    Plan(name="x", workload=PLAN.workload, steps=(first, second))
    for whichever in ("restate", "node", "leader"):
        with pytest.raises(ValidationError, match="both need process restate restate-1 for themselves"):
            Plan(name="x", workload=PLAN.workload, steps=(first, Step(id="all", fault=Kill(target=whichever))))


@pytest.mark.parametrize("fault", [Kill, Pause, Terminate, Restart, CrashLoop], ids=lambda fault: fault.__name__)
def test_a_process_fault_has_whom_it_may_hit_for_itself(fault: type[ProcessFault]) -> None:
    assert fault(target="restate").claims(2) == {("process", "restate")}
    for whichever in ("endpoint", "endpoints"):
        assert fault(target=whichever).claims(2) == {("process", "endpoint-0"), ("process", "endpoint-1")}
    with pytest.raises(ValidationError, match="both need process endpoint-1 for themselves"):
        Plan(
            name="x",
            workload=PLAN.workload,
            steps=(Step(id="a", fault=fault()), Step(id="b", fault=Kill(target="endpoint-1"))),
        )


@pytest.mark.parametrize("app", ["services.app", "services.app:", ":app", "cmd:serve --port 1", "../x:app", ""])
def test_what_cannot_be_an_app_is_refused(app: str) -> None:
    with pytest.raises(ValidationError, match="app"):
        Deploy(app=app)


@pytest.mark.parametrize("app", ["services.app:app", "cmd:node server.js {port}"])
def test_an_app_is_a_module_attribute_or_a_command(app: str) -> None:
    assert Deploy(app=app).app == app


BOMB = "x0: &x0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "name: y\n", "key 'name' is used twice"),
        (GOOD + BOMB, "more than 100000 values"),
        (GOOD + "steps: &steps [*steps]\n", "more than 100000 values"),
        (GOOD + "x: " + "[" * 5_000, "nested too deeply"),
        (GOOD + "story: 2024-13-45\n", "month must be in 1..12"),
        (GOOD + f"seed: {'9' * 5_000}\n", "limit"),
        (GOOD + "story: " + "x" * 2_000_000, "larger than 1048576 bytes"),
        (GOOD + "".join(f"x{n}: 1\n" for n in range(50)), "and 40 more"),
        (GOOD + "stack: {settings: {retry_factor: .inf}}", "retry_factor: Input should be less than"),
        (GOOD + "steps: [{id: a, fault: {fault: [kill]}}]", "unknown fault ['kill']"),
        (GOOD + f"steps: [{{id: a, fault: {{fault: {'x' * 9_000}}}}}]", "unknown fault"),
        ("name: x\nworkload: {kind: {a: b}}", "unknown kind {'a': 'b'}"),
    ],
)
def test_what_no_plan_may_hold_is_one_short_error(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput) as raised:
        load_plan(path, DEFAULT_SYSTEM)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 2_000


def test_aliases_and_merges_are_welcome(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(
        GOOD + "steps: [{id: a, fault: &hang {fault: hang, on: charge}}, {id: b, fault: {<<: *hang, on: mail}}]",
        "utf-8",
    )
    first, second = load_plan(path, DEFAULT_SYSTEM).steps
    assert second.fault == first.fault.model_copy(update={"on": "mailer POST /v1/messages"})
