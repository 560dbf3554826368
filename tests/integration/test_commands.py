"""The commands as a user types them: wrong input is one error and exit code 2, and nothing is ever left running."""

from __future__ import annotations

import html
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.cleanup.leftovers import labelled
from chaos.machine.toolchain import Tools

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
HALF_AN_APP = """
import restate
ticket = restate.VirtualObject("Ticket")
@ticket.handler()
async def reserve(ctx, order: dict) -> dict:
    return {}
app = restate.app([ticket])
"""
SLOPPY_APP = """
import subprocess, sys
from services.app import app
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
"""  # where a kill of the app's group does not reach
GOOD_PLAN = "name: good\nworkload: {kind: booking, orders: 6, seats: 3, clients: 3}\n"
NEVER_HIT = "steps: [{id: nothing_refunded, fault: {fault: hang, on: refund}}]\n"


@pytest.fixture
def environment(tmp_path: Path, tools: Tools) -> dict[str, str]:
    """As a user's, with a temporary folder of its own, so that leftovers show."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "half_an_app.py").write_text(HALF_AN_APP, "utf-8")
    (tmp_path / "sloppy_app.py").write_text(SLOPPY_APP, "utf-8")
    return {
        **os.environ,
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
        "PYTHONPATH": str(tmp_path),
        "TMPDIR": str(tmp_path / "tmp"),
        "CI": "true",
    }


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path) -> Iterator[None]:
    """No process of any run of this test, and nothing in its temporary folder, a moment after it."""
    before = set(labelled())
    yield
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        left = (
            set(labelled()) - before,
            [path for path in (tmp_path / "tmp").iterdir() if not path.name.startswith("pytest-of-")],
        )
        mine = {pid for pid in left[0] if str(tmp_path) in _environment_of(pid)}
        if not mine and not left[1]:
            return
        time.sleep(0.05)
    pytest.fail(f"left: processes {mine}, folders {left[1]}")


def _environment_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_text("utf-8", "replace")
    except OSError:
        return ""


def run(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def chaos(*arguments: str) -> list[str]:
    return ["chaos.cli", *arguments]


def scenario(tmp_path: Path, *options: str, name: str = "baseline") -> list[str]:
    command = ["pytest", "-m", "chaos", "-p", "no:cacheprovider", f"scenarios/{name}.py"]
    return [*command, "--chaos-report", str(tmp_path / "reports"), *options]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--chaos-app", "no_such_module:app"], "No module named 'no_such_module'"),
        (["--chaos-app", "services.app:nothing"], "has no ASGI app 'nothing'"),
        (["--chaos-app", "nonsense"], "allowed: module:attribute"),
        (["--chaos-app", "cmd:sleep 9"], "the command has no {port}"),
        (["--chaos-app", "cmd:false {port}"], "exit code 1"),
        (["--chaos-app", "cmd:/no/such/program {port}"], "No such file"),
        (["--chaos-app", "half_an_app:app"], "the app lacks "),
        (["--chaos-seed", "abc"], "--chaos-seed: 'abc' is not such a number"),
        (["--chaos-seed", "-1"], "allowed: whole numbers from 0"),
        (["--chaos-backend", "moon"], "allowed: process"),
        (["--chaos-protocol", "http2"], "allowed: bidi or request_response"),
        (["--chaos-nodes", "2"], "--chaos-nodes: unknown value '2'"),
        (["--chaos-nodes", "x"], "allowed: 1 or 3"),
        (["--chaos-keep", "0"], "allowed: whole numbers from 1"),
        (["--chaos-report", "/proc/nowhere"], "name a folder you may write to"),
    ],
)
def test_a_wrong_option_is_one_error_and_exit_code_2(
    options: list[str], said: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    done = run(scenario(tmp_path, *options), environment)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


def test_a_binary_that_is_not_what_it_says_is_refused(tmp_path: Path, environment: dict[str, str]) -> None:
    done = run(scenario(tmp_path), {**environment, "NEXUS_CHAOS_RESTATE_SERVER": "/bin/true"})
    assert done.returncode == 2
    assert "NEXUS_CHAOS_RESTATE_SERVER" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nworkload: {kind: booking, orders: 1, seats: 1}\nsteps: [{id: a, fault: {fault: flood}}]", "kill"),
        ("name: x\nworkload: {kind: booking, orders: 1, seats: 1, clients: -1}", "greater than or equal to 1"),
        ("{", "neither YAML nor JSON"),
    ],
)
def test_a_wrong_plan_is_one_error_and_exit_code_2(
    text: str, said: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text, "utf-8")
    done = run(chaos("run", str(path), "--report", str(tmp_path / "reports")), environment)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plan_is_run_and_its_record_judged_again(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD_PLAN, "utf-8")
    done = run(chaos("run", str(path), "--report", str(tmp_path / "reports")), environment)
    assert done.returncode == 0, done.stdout + done.stderr
    record = tmp_path / "reports/latest/records/good"
    assert run(chaos("check", str(record)), environment).returncode == 0
    journal = record / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-100])
    cut = run(chaos("check", str(record)), environment)
    assert cut.returncode == 2
    assert "cut short" in cut.stderr
    assert "Traceback" not in cut.stderr
    journal.unlink()
    assert run(chaos("check", str(record)), environment).returncode == 3


def test_an_app_that_leaves_processes_behind_fails_the_run(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD_PLAN, "utf-8")
    done = run(chaos("run", str(path), "--app", "sloppy_app:app", "--report", str(tmp_path / "r")), environment)
    assert done.returncode == 3, done.stdout + done.stderr
    assert re.search(r"outlived its stack, and has now been ended: processes \d+ \(", done.stdout)
    assert "outlived its stack" in (tmp_path / "r/latest/index.html").read_text("utf-8")
    done = run(scenario(tmp_path, "--chaos-app", "sloppy_app:app"), environment)
    assert done.returncode == 1, done.stdout
    assert "outlived its stack" in done.stdout


def test_the_replay_command_names_the_modes(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD_PLAN, "utf-8")
    modes = ["--always-replay", "--protocol", "request_response"]
    done = run(chaos("run", str(path), *modes, "--report", str(tmp_path / "reports")), environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (summary,) = json.loads((tmp_path / "reports/latest/summary.json").read_text("utf-8"))["scenarios"]
    assert summary["modes"] == {"always_replay": True, "protocol": "request_response", "nodes": 1}
    assert summary["replay"] == f"chaos run {path} --seed 1 --always-replay --protocol request_response"


def test_a_rule_that_is_never_hit_is_unknown(tmp_path: Path, environment: dict[str, str]) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD_PLAN + NEVER_HIT, "utf-8")
    done = run(chaos("run", str(path), "--report", str(tmp_path / "reports")), environment)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "nothing_refunded" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("command", ["pytest", "chaos"])
def test_a_run_that_is_ended_in_the_middle_of_a_fault_leaves_nothing(
    number: signal.Signals, command: str, tmp_path: Path, environment: dict[str, str]
) -> None:
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "name: long\nworkload: {kind: booking, orders: 400, seats: 20, clients: 4}\n"
        "steps: [{id: stop, fault: {fault: pause, target: endpoint-0}, when: {trigger: operations, count: 3}}]\n",
        "utf-8",
    )
    log = tmp_path / "log"
    words = chaos("run", str(plan), "--report", str(tmp_path / "r"))
    seen = "pause endpoint-0: injected"
    if command == "pytest":
        words, seen = scenario(tmp_path, name="worker_restart"), "kill endpoints: injected"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *words], cwd=ROOT, env=environment, stdout=file, stderr=file,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509 - no threads
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while seen not in log.read_text("utf-8", "replace") and time.monotonic() < deadline:
            assert process.poll() is None, log.read_text("utf-8", "replace")
            time.sleep(0.01)
        process.send_signal(number)
        process.wait(60)
    finally:
        process.kill()
    assert not re.search(r"^Traceback", log.read_text("utf-8", "replace"), re.MULTILINE)


def test_workers_have_stacks_of_their_own_and_one_report(tmp_path: Path, environment: dict[str, str]) -> None:
    done = run([*scenario(tmp_path, "-n", "2", name="baseline"), "scenarios/gateway_402.py"], environment)
    assert done.returncode == 0, done.stdout
    summary = json.loads((tmp_path / "reports/latest/summary.json").read_text("utf-8"))
    assert [(each["name"], each["verdict"]) for each in summary["scenarios"]] == [
        ("baseline", "VALID"),
        ("gateway_402", "VALID"),
    ]
    assert (tmp_path / "reports/latest/index.html").is_file()
    assert "✓ VALID baseline in" in done.stdout
    assert "✓ VALID gateway_402 in" in done.stdout


def test_workers_that_are_refused_say_why_and_the_exit_code_is_2(tmp_path: Path, environment: dict[str, str]) -> None:
    command = scenario(tmp_path, "-n", "2", "--chaos-app", "no_such:app", name="baseline")
    done = run([*command, "scenarios/gateway_402.py"], environment)
    assert done.returncode == 2, done.stdout
    assert "No module named 'no_such'" in done.stdout
    assert "During handling" not in done.stdout
    assert done.stdout.count("No module named 'no_such'") <= 2, "said again for each scenario that is left"


def test_an_app_may_be_any_program_that_listens_on_the_port_it_is_given(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program = f"cmd:{sys.executable} -m hypercorn --workers 0 --bind 127.0.0.1:{{port}} services.app:app"
    done = run(scenario(tmp_path, "--chaos-app", program, name="charge_window_kill"), environment)
    assert done.returncode == 0, done.stdout


BEYOND_US = """
import contextlib
import pytest
from typing import Literal
from chaos import Fault, Plan, Step
from booking.workloads import Booking

class Levitate(Fault):
    fault: Literal["levitate"] = "levitate"
    targets = "anything"
    effect = "it floats"
    needs = frozenset({"antigravity"})
    def inject(self, stack, injection):
        raise AssertionError

@pytest.mark.chaos
async def test_levitation(chaos):
    steps = (Step(id="up", fault=Levitate()),)
    await chaos.prove(Plan(name="levitation", workload=Booking(orders=1, seats=1), steps=steps))
"""


def test_what_the_backend_cannot_do_is_skipped_counted_and_never_valid(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "beyond.py").write_text(BEYOND_US, "utf-8")
    options = [
        "-m",
        "chaos",
        "-p",
        "no:cacheprovider",
        str(tmp_path / "beyond.py"),
        "--chaos-report",
        str(tmp_path / "r"),
    ]
    alone = run(["pytest", *options], environment)
    assert alone.returncode == 3, alone.stdout
    assert "1 skipped" in alone.stdout
    assert "skipped test_levitation: step up: fault 'levitate' of stack needs antigravity\n" in alone.stdout
    assert json.loads((tmp_path / "r/latest/summary.json").read_text("utf-8"))["verdict"] == "UNKNOWN"
    beside = run(["pytest", *options, "scenarios/gateway_402.py"], environment)
    assert beside.returncode == 0, beside.stdout
    summary = json.loads((tmp_path / "r/latest/summary.json").read_text("utf-8"))
    assert [each["name"] for each in summary["scenarios"]] == ["gateway_402"]
    ((name, state, reason),) = [(each["name"], each["state"], each["reason"]) for each in summary["not_run"]]
    assert (name, state) == ("test_levitation", "skipped")
    assert reason.startswith("step up: fault 'levitate' of stack needs antigravity\n")
    assert "allowed: the process backend can" in reason


BREAKS = """
import pytest

def pay(payment_token):
    print(f"paying with {payment_token}")
    raise KeyError(payment_token)

@pytest.mark.chaos
async def test_breaks():
    pay("tok_ok_" + "canary")
"""


def test_a_scenario_that_breaks_shows_no_secret_anywhere(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "breaks.py").write_text(BREAKS, "utf-8")
    options = [str(tmp_path / "breaks.py"), f"--chaos-report={tmp_path / 'r'}", f"--junitxml={tmp_path / 'r/j.xml'}"]
    done = run(["pytest", "-m", "chaos", "-p", "no:cacheprovider", "-o", "junit_logging=all", *options], environment)
    assert done.returncode == 1, done.stdout
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "r").rglob("*") if path.is_file()}
    assert written.keys() == {"index.html", "summary.json", "junit.xml", "j.xml"}
    for shown in (done.stdout, *written.values()):
        assert re.search(r"KeyError: .{0,8}hmac:", html.unescape(shown))
        assert "tok_ok_canary" not in shown
    assert "paying with hmac:" in done.stdout


def test_the_seed_decides_a_shuffled_order(environment: dict[str, str]) -> None:
    def order(*options: str) -> list[str]:
        done = run(["pytest", "-m", "chaos", "--collect-only", "-q", "scenarios", *options], environment)
        return [line for line in done.stdout.splitlines() if "::" in line]

    first, unshuffled = order("--chaos-shuffle", "--chaos-seed", "1"), order()
    assert first == order("--chaos-shuffle", "--chaos-seed", "1")
    assert len({tuple(first), tuple(order("--chaos-shuffle", "--chaos-seed", "2")), tuple(unshuffled)}) == 3
    assert sorted(first) == sorted(unshuffled)


SKIPS = """
import pytest

@pytest.mark.chaos
async def test_skips():
    pytest.skip("it needs no stack")
"""


def test_only_the_newest_runs_are_kept(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "skips.py").write_text(SKIPS, "utf-8")
    reports = tmp_path / "reports"
    command = ["pytest", "-m", "chaos", "-p", "no:cacheprovider", str(tmp_path / "skips.py"), "--chaos-keep", "2"]
    for _ in range(3):
        assert run([*command, f"--chaos-report={reports}"], environment).returncode == 3
    runs = sorted(path.name for path in reports.iterdir() if not path.is_symlink())
    assert len(runs) == 2
    assert (reports / "latest").resolve().name == runs[-1]
