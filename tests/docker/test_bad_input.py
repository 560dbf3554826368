"""What is wrong with Docker is one error and exit code 2, as a user sees it, and nothing is left."""

from __future__ import annotations

import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

import docker
from booking.workloads import Booking
from chaos.backends.engine import NEEDED_MB, RUN, labelled
from chaos.backends.prober import IMAGES
from chaos.errors import ChaosError
from chaos.plan.plan import Plan
from chaos.session import Config, Session

ROOT = Path(__file__).parents[2]
PLAN = "docs/plans/crash_while_charging.yaml"
SMALL = Plan(name="small", workload=Booking(orders=1, seats=1))
ROOMY = {"MemTotal": 2**33}


@contextmanager
def played_engine(path: Path, version: dict[str, str], info: dict[str, int]) -> Iterator[None]:
    """Something that answers at a socket as an engine would that is asked who it is."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = json.dumps(version if self.path.endswith("/version") else info).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def address_string(self) -> str:
            return "somebody"

        def log_message(self, *_: Any) -> None: ...

    with socketserver.ThreadingUnixStreamServer(str(path), Answers) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield
        finally:
            server.shutdown()
            serving.join()


def run(tmp_path: Path, socket: Path, *before: str) -> str:
    """What `chaos run` says on standard error; it ends as on any bad input."""
    command = [*before, sys.executable, "-m", "chaos.cli", "run", PLAN, "--backend", "docker"]
    environment = {"PATH": os.environ["PATH"], "DOCKER_HOST": f"unix://{socket}", "TMPDIR": str(tmp_path)}
    ended = subprocess.run(
        [*command, "--report", str(tmp_path / "reports")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("nexus-chaos-*"))
    return ended.stderr


@pytest.mark.integration
def test_an_engine_that_is_too_old_says_what_is_needed(tmp_path: Path) -> None:
    socket = tmp_path / "old.sock"
    with played_engine(socket, {"Version": "19.03.1", "ApiVersion": "1.40"}, ROOMY):
        said = run(tmp_path, socket)
    assert "engine 19.03.1 speaks API 1.40 only" in said
    assert "Docker Engine 20.10 or newer" in said


@pytest.mark.integration
def test_an_engine_with_too_little_memory_says_how_much_it_takes(tmp_path: Path) -> None:
    socket = tmp_path / "small.sock"
    with played_engine(socket, {"Version": "20.10.24", "ApiVersion": "1.41"}, {"MemTotal": 512 * 2**20}):
        said = run(tmp_path, socket)
    assert f"the engine has 512 MB of memory, and a stack needs {NEEDED_MB}" in said


@pytest.mark.integration
def test_an_engine_that_may_not_be_asked_says_who_may(tmp_path: Path) -> None:
    before: tuple[str, ...] = ()
    if os.geteuid() == 0:  # who may open any file, unless that is taken away
        if not shutil.which("setpriv"):
            pytest.skip("root may use every socket, and there is no setpriv to become less")
        before = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    socket = tmp_path / "closed.sock"
    with played_engine(socket, {"Version": "20.10.24", "ApiVersion": "1.41"}, ROOMY):
        socket.chmod(0)
        said = run(tmp_path, socket, *before)
    assert "Permission denied" in said
    assert "in the group docker, or root" in said


@pytest.mark.integration
@pytest.mark.parametrize("kind", ["network", "container"])
async def test_what_has_the_name_already_is_named_and_let_be(
    kind: str, engine: docker.DockerClient, tmp_path: Path
) -> None:
    async with Session.open(Config(backend="docker"), tmp_path, lambda _: None) as session:
        name = f"nexus-chaos-{session._run_id}-1"
        if kind == "network":
            other = engine.networks.create(name)
        else:
            other = engine.containers.create(f"{IMAGES}fakes", name=f"{name}-gateway")
        try:
            with pytest.raises(ChaosError, match=r"the name is taken: .*already") as raised:
                await session.prove(SMALL, replay="")
            assert raised.value.exit_code == 2
            assert labelled(engine, {RUN: session._run_id}) == {}
            other.reload()  # it is there
        finally:
            other.remove()
