"""What is wrong with an engine comes out as one error that says what to do; needs no engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError, DockerException, ImageNotFound

from chaos.backends import engine
from chaos.backends.engine import Engine, EngineRefused
from chaos.errors import BadInput, ChaosError, StartFailed

ROOT = Path(__file__).parents[2]


def a_client(**api: Any) -> Any:
    said = {"Version": "20.10.24", "ApiVersion": "1.41"}
    return SimpleNamespace(api=SimpleNamespace(**api), version=lambda: said, close=lambda: None)


def api_error(status: int, explanation: str) -> APIError:
    return APIError("no", SimpleNamespace(status_code=status), explanation)


@pytest.mark.integration
@pytest.mark.parametrize("plan", ["docs/plans/crash_while_charging.yaml"])
def test_without_an_engine_the_command_says_so_and_exits_2(plan: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "chaos.cli", "run", plan, "--backend", "docker", "--report", str(tmp_path / "r")]
    environment = {"PATH": "/usr/bin:/bin", "DOCKER_HOST": f"unix://{tmp_path}/nobody.sock", "TMPDIR": str(tmp_path)}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2, ended.stderr
    assert "Docker's engine cannot be reached" in ended.stderr
    assert "start the engine" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("nexus-chaos-*"))


@pytest.mark.parametrize(
    ("said", "next_step"),
    [("('Connection aborted.', PermissionError(13, 'Permission denied'))", "group docker"), ("refused", "DOCKER_HOST")],
)
def test_no_way_in_says_what_to_do(said: str, next_step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def from_env(**_: object) -> None:
        raise DockerException(said)

    monkeypatch.setattr(engine, "_knock", lambda _: None)
    monkeypatch.setattr("docker.from_env", from_env)
    with pytest.raises(BadInput, match=next_step):
        engine.connect()


async def test_an_engine_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    client = a_client()
    client.version = lambda: {"Version": "19.03.1", "ApiVersion": "1.40"}
    monkeypatch.setattr(engine, "connect", lambda: client)
    with pytest.raises(BadInput, match=r"engine 19.03.1 .*(\n.*)*20.10 or newer"):
        await Engine.connect()


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        (api_error(500, "Bind for 127.0.0.1:9 failed: port is already allocated"), StartFailed, "a port was taken"),
        (api_error(500, "listen tcp4 127.0.0.1:9: bind: address already in use"), StartFailed, "a port was taken"),
        (api_error(409, 'The container name "/a" is already in use'), StartFailed, "the name is taken"),
        (ImageNotFound("no", SimpleNamespace(status_code=404), "No such image: x"), BadInput, "make docker-images"),
        (api_error(500, "no space left on device"), EngineRefused, "no space left on device"),
        (DockerException("gone"), EngineRefused, "gone"),
    ],
)
async def test_what_the_engine_refuses_is_said_in_words(raised: Exception, kind: type[ChaosError], text: str) -> None:
    def start(_: str) -> None:
        raise raised

    with pytest.raises(kind, match=text) as error:
        await Engine(a_client(start=start)).start("abc")
    assert error.value.exit_code == 2


async def test_a_signal_to_what_is_gone_is_no_error_and_to_what_is_not_is_one() -> None:
    def kill(*_: str) -> None:
        raise api_error(409, "container abc is not running")

    state = {"Running": False}
    asked = Engine(a_client(kill=kill, inspect_container=lambda _: {"State": state}))
    await asked.kill("abc")
    state["Running"] = True
    with pytest.raises(EngineRefused):
        await asked.kill("abc")


def printing(*said: bytes, code: int | None = 0) -> Engine:
    """An engine in which a command prints this, and when it is run again, that."""
    left = [*said]
    return Engine(
        a_client(
            exec_create=lambda *_: {"Id": "e"},
            exec_start=lambda _: left.pop(0),
            exec_inspect=lambda _: {"ExitCode": code},
        )
    )


async def test_a_command_that_fails_in_a_container_is_an_error_with_what_it_printed() -> None:
    with pytest.raises(EngineRefused, match=r"exit code 3: said$"):
        await printing(b"said\0", code=3).run_in("abc", ["false"])


async def test_a_command_whose_output_the_engine_lost_is_run_again() -> None:
    assert await printing(b"said\0").run_in("abc", ["true"]) == "said"
    assert await printing(b"", b"sa", b"said\0").run_in("abc", ["true"]) == "said"
    assert await printing(b"", b"\0").run_in("abc", ["true"]) == ""


async def test_a_command_whose_output_is_always_lost_has_not_said_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "PATIENCE_S", 0.05)
    with pytest.raises(ChaosError, match=r"waited 0\.05 s for all that cat prints in container abc"):
        await printing(*[b""] * 1_000).run_in("abc", ["cat"])
