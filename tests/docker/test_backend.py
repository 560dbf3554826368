"""The Docker backend on a real engine: it breaks containers, finds bugs, and leaves nothing, however the run ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

import docker
from booking.workloads import Booking
from chaos.backends.container import Container
from chaos.backends.docker import DockerBackend
from chaos.backends.engine import RUN, labelled
from chaos.errors import BadInput, ChaosError
from chaos.evidence.record import Record
from chaos.faults import Disconnect, Kill, LinkDown, Pause, Restart
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, AtTime
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.verdict import Outcome
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[2]
EVERY_KIND = Plan(
    name="containers",
    workload=Booking(orders=24, seats=24, clients=2, think_ms=50),
    steps=(
        Step(id="crash", fault=Kill(), when=AfterOperations(count=2), until=AtTime(at_s=0.2)),
        Step(id="frozen", fault=Pause(target="mailer"), when=AfterOperations(count=4), until=AtTime(at_s=0.2)),
        Step(id="cut", fault=LinkDown(link="gateway"), when=AfterOperations(count=6), until=AtTime(at_s=0.2)),
        Step(id="off", fault=Disconnect(), after="crash", until=AtTime(at_s=0.2)),
        Step(id="anew", fault=Restart(target="restate"), when=AfterOperations(count=10)),
    ),
    expect=Expect(min_ok=1),
    stack=StackSpec(identity=True),
)
A_RUN = """
import asyncio, sys
from pathlib import Path
from chaos import StackSpec
from chaos.session import Config, Session

async def main():
    async with Session.open(Config(backend="docker"), Path(sys.argv[1]), lambda _: None) as session:
        await session._stack_for(StackSpec(endpoints=1))
        print(session._run_id, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_containers_are_broken_and_looked_at_and_nothing_is_left(
    engine: docker.DockerClient, tmp_path: Path
) -> None:
    async with Session.open(Config(backend="docker"), tmp_path, lambda _: None) as session:
        summary = await session.prove(EVERY_KIND, replay="")
        run = {RUN: session._run_id}
        names = await asyncio.to_thread(labelled, engine, run)
        assert sum(name.startswith("container ") for name in names) == 7
    assert await asyncio.to_thread(labelled, engine, run) == {}
    record = Record.open(tmp_path / summary.record)
    assert summary.verdict is Outcome.VALID, summary.findings
    seen = {event.step for event in record.faults if event.observation is not None and event.observation.shows_effect}
    assert seen == {"crash", "frozen", "cut", "off", "anew"}
    logs = {path.stem for path in (record.folder / "logs").iterdir()}
    assert {"restate", "gateway", "mailer", "toxiproxy", "endpoint-0", "endpoint-1"} <= logs


@pytest.mark.usefixtures("engine")
async def test_a_container_that_was_not_cut_off_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_: Container) -> None: ...

    monkeypatch.setattr(Container, "cut_off", nothing)
    step = Step(id="off", fault=Disconnect(target="mailer"), when=AfterOperations(count=2), until=AtTime(at_s=0.1))
    plan = Plan(name="silent", workload=Booking(orders=8, seats=8, clients=2), steps=(step,), expect=Expect(min_ok=1))
    async with Session.open(Config(backend="docker"), tmp_path, lambda _: None) as session:
        summary = await session.prove(plan, replay="")
    assert summary.verdict is Outcome.UNKNOWN
    assert "off" in {finding.fault_id for finding in summary.findings}


@pytest.mark.usefixtures("engine")
async def test_a_planted_bug_is_found_in_containers_too(tmp_path: Path) -> None:
    command = ["-m", "pytest", "-m", "chaos", "-p", "no:cacheprovider", "scenarios/gateway_402.py"]
    command += ["--chaos-backend", "docker", "--chaos-app", "planted.no_release:app", f"--chaos-report={tmp_path}"]
    run = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    printed = (await run.communicate())[0].decode()
    assert run.returncode == 1, printed
    assert "INVALID saga_complete" in printed


async def test_a_run_that_is_killed_leaves_nothing_in_the_engine(engine: docker.DockerClient, tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", A_RUN, str(tmp_path), cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert run.stdout is not None
    run_id = (await run.stdout.readline()).decode().strip()
    assert await asyncio.to_thread(labelled, engine, {RUN: run_id})
    run.send_signal(signal.SIGKILL)
    await run.wait()

    async def nothing_left() -> None:
        left = await asyncio.to_thread(labelled, engine, {RUN: run_id})
        folders = list(tmp_path.glob(f"nexus-chaos-{run_id}-*"))
        if left or folders:
            raise NotYet(f"{sorted(left)} {folders}")

    await until(nothing_left, "the reaper to clear the engine", 60, 0.2)


@pytest.mark.parametrize(
    ("patch", "wrong", "error"),
    [
        ("IMAGES", "nexus-chaos-nobody-has/", "make docker-images"),
        ("quiet_ports", lambda count: [9] * count, "port"),
    ],
)
async def test_a_stack_that_cannot_start_is_one_error_and_leaves_nothing(
    patch: str, wrong: object, error: str, engine: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"chaos.backends.docker_stack.{patch}", wrong)
    async with Session.open(Config(backend="docker"), tmp_path, lambda _: None) as session:
        with pytest.raises(ChaosError, match=error) as raised:
            await session.prove(EVERY_KIND, replay="")
        assert await asyncio.to_thread(labelled, engine, {RUN: session._run_id}) == {}
    assert raised.value.exit_code == 2


@pytest.mark.usefixtures("engine")
async def test_a_command_is_refused(tmp_path: Path) -> None:
    config = Config(backend="docker", app="cmd:./booking --port {port}")
    async with Session.open(config, tmp_path, lambda _: None) as session:
        with pytest.raises(BadInput, match="does not run in a container"):
            await session.prove(EVERY_KIND, replay="")


def test_it_can_do_what_the_process_backend_needs_no_more_than_an_engine_for() -> None:
    assert {"process", "link", "third party", "deploy"} <= DockerBackend.capabilities()
