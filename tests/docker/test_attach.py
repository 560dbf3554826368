"""Attaching to a stack that compose has brought up: it is broken and healed, and what was there stays."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import docker
from booking.settings import BookingSettings
from booking.workloads import Booking
from chaos.backends.compose import CHOSEN_BY, PROJECT, SERVICE
from chaos.backends.engine import RUN, labelled
from chaos.backends.ports import quiet_ports
from chaos.errors import BadInput, CannotDo, ChaosError
from chaos.faults import CpuLimit, Disconnect, Hold, Kill
from chaos.plan.expect import Expect
from chaos.plan.moments import AfterOperations, AtTime, HoldReached
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import Step
from chaos.session import Config, Session
from chaos.stack.soundness import what_is_broken
from chaos.verdict import Outcome
from chaos.waiting import NotYet, until
from tests.docker.conftest import miss

pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("compose")]  # one stack will do
ROOT = Path(__file__).parents[2]
PORTS = ("INGRESS", "ADMIN", "TOXIPROXY", "GATEWAY_CONTROL", "MAILER_CONTROL")
BROKEN_AND_HEALED = Plan(
    name="attached",
    workload=Booking(orders=12, seats=12, clients=4),
    steps=(
        Step(id="captured", fault=Hold(on="charge", point="after_effect", times=1)),
        Step(id="crash", fault=Kill(target="endpoints"), when=HoldReached(step="captured"), until=AtTime(at_s=0.2)),
        Step(id="slow", fault=CpuLimit(target="restate", cpus=0.2)),
        Step(id="off", fault=Disconnect(target="mailer"), when=AfterOperations(count=2), until=AtTime(at_s=0.2)),
    ),
    expect=Expect(min_ok=12, repeated_charges=1),
)
A_RUN = """
import asyncio, sys
from pathlib import Path
from chaos.faults import LinkDown
from chaos import StackSpec
from chaos.session import Config, Session

async def main():
    async with Session.open(Config(backend="compose"), Path(sys.argv[1]), lambda _: None) as session:
        stack = await session._stack_for(StackSpec())
        await stack.targets["endpoint-0"].pause()
        await stack.targets["mailer"].kill()
        await stack.targets["gateway"].cut_off()
        await stack.toxiproxy.disable("ingress")
        print(session._run_id, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


def compose() -> list[str] | None:
    """The command of this machine, of either version."""
    version_2 = ["docker", "compose"]
    if shutil.which("docker") and _run([*version_2, "version"], {}).returncode == 0:
        return version_2
    return ["docker-compose"] if shutil.which("docker-compose") else None


@pytest.fixture(scope="module")
def project(engine: docker.DockerClient) -> Iterator[str]:
    """The name of a stack that compose has brought up."""
    command = compose()
    if command is None:
        miss("neither `docker compose` nor docker-compose is installed")
    name = f"nexus-chaos-test-{os.getpid()}"
    ports = {f"NEXUS_{port}_PORT": str(number) for port, number in zip(PORTS, quiet_ports(len(PORTS)), strict=True)}
    environment = {**ports, CHOSEN_BY: name}
    command += ["-f", "docker-compose.chaos.yml", "--profile", "single"]
    try:
        up = _run([*command, "up", "-d"], environment)
        assert up.returncode == 0, up.stderr
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv(CHOSEN_BY, name)
            yield name
    finally:
        _run([*command, "down", "--volumes", "--timeout", "1"], environment)


def what_is_there(engine: docker.DockerClient, project: str) -> set[str]:
    """Containers, networks and volumes of the project."""
    return set(labelled(engine, {PROJECT: project}))


async def test_what_compose_brought_up_is_broken_and_healed_and_stays(
    engine: docker.DockerClient, project: str, tmp_path: Path
) -> None:
    before = await asyncio.to_thread(what_is_there, engine, project)
    for _ in range(2):  # what the first one sold is still there
        async with Session.open(Config(backend="compose"), tmp_path, lambda _: None) as session:
            summary = await session.prove(BROKEN_AND_HEALED, replay="")
        assert (summary.verdict, summary.findings) == (Outcome.VALID, ())
    assert await asyncio.to_thread(labelled, engine, {RUN: session._run_id}) == {}
    assert await asyncio.to_thread(what_is_there, engine, project) == before


@pytest.mark.parametrize(
    ("spec", "wants"),
    [
        (StackSpec(own=True), "it to itself"),
        (StackSpec(endpoints=4), "4 endpoints, and 3 run"),
        (StackSpec(app="versions.second:app"), "to begin with versions.second:app"),
        (StackSpec(settings=BookingSettings(hold_ms=1_200)), "NEXUS_HOLD_MS=1200"),
        (StackSpec(restate_disk_mb=64), "needs disk"),
    ],
)
@pytest.mark.usefixtures("engine", "project")
async def test_a_plan_that_wants_another_stack_is_skipped_and_says_why(
    spec: StackSpec, wants: str, tmp_path: Path
) -> None:
    async with Session.open(Config(backend="compose"), tmp_path, lambda _: None) as session:
        with pytest.raises(CannotDo, match=wants):
            await session.prove(BROKEN_AND_HEALED.model_copy(update={"stack": spec}), replay="")


async def test_a_run_that_is_killed_leaves_the_stack_whole(
    engine: docker.DockerClient, project: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-c", A_RUN, str(tmp_path), cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert run.stdout is not None
    run_id = (await run.stdout.readline()).decode().strip()
    assert run_id
    run.send_signal(signal.SIGKILL)
    await run.wait()

    async def reaped() -> None:
        """The reaper's last act is to remove the run's folder."""
        if list(tmp_path.glob(f"nexus-chaos-{run_id}-*")):
            raise NotYet("the folder is there")

    await until(reaped, "the reaper to end", 90, 0.2)
    assert await asyncio.to_thread(labelled, engine, {RUN: run_id}) == {}
    async with Session.open(Config(backend="compose"), tmp_path, lambda _: None) as session:
        assert await what_is_broken(await session._stack_for(StackSpec())) == ()


async def test_a_stack_that_is_not_whole_is_refused_and_told_how(
    engine: docker.DockerClient, project: str, tmp_path: Path
) -> None:
    async with Session.open(Config(backend="compose"), tmp_path, lambda _: None) as session:
        stack = await session._stack_for(StackSpec())
        async with Session.open(Config(backend="compose"), tmp_path, lambda _: None) as other:
            with pytest.raises(ChaosError, match=r"the name is taken: .*prober.*(\n.*)*chaos clean"):
                await other.prove(BROKEN_AND_HEALED, replay="")
        await stack.toxiproxy.disable("gateway")
        try:
            with pytest.raises(BadInput, match=r"link gateway is down(\n.*)*--force-recreate"):
                await session._stack_for(StackSpec(endpoints=3))
        finally:
            await stack.toxiproxy.enable("gateway")
    (mailer,) = engine.containers.list(filters={"label": [f"{PROJECT}={project}", f"{SERVICE}=mailer"]})
    mailer.kill()
    try:
        async with Session.open(Config(backend="compose"), tmp_path, lambda _: None) as session:
            with pytest.raises(BadInput, match=rf"no whole stack .* runs as {project}; .*gateway, restate"):
                await session.prove(BROKEN_AND_HEALED, replay="")
    finally:
        mailer.start()


@pytest.mark.usefixtures("engine")
def test_where_no_such_stack_runs_the_command_says_how_to_bring_one_up(tmp_path: Path) -> None:
    said = _refused(tmp_path, {CHOSEN_BY: "nobody"})
    assert "no whole stack of docker-compose.chaos.yml runs as nobody" in said
    assert "docker compose -f docker-compose.chaos.yml --profile single up --detach" in said


@pytest.mark.parametrize("option", [["--app", "planted.no_release:app"], ["--always-replay"]])
def test_another_app_or_mode_than_runs_is_refused(option: list[str], tmp_path: Path) -> None:
    assert "app and modes are those of the running stack" in _refused(tmp_path, {}, *option)


def _refused(tmp_path: Path, environment: dict[str, str], *options: str) -> str:
    command = [sys.executable, "-m", "chaos.cli", "run", "docs/plans/crash_while_charging.yaml", "--backend", "compose"]
    command += ["--report", str(tmp_path / "reports"), *options]
    ended = _run(command, {**environment, "TMPDIR": str(tmp_path)})
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("nexus-chaos-*"))
    return ended.stderr


def _run(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
