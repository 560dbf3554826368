"""A container as a target, on an engine that is played: what it looks like, how it ended, when it is ready."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from chaos.backends import container as module
from chaos.backends.container import Container, says_ready
from chaos.backends.engine import Blueprint, Engine
from chaos.errors import BadInput, StartFailed, WaitTimedOut
from chaos.stack.stack import Target, contained

BLUEPRINT = Blueprint("c", "image", "net", ["endpoint-0", "endpoint"], {}, [])
READY = b'{"ready": true}\n'


class PlayedEngine:
    """One container that runs when it is started, unless it dies at once; deaf to SIGTERM if it is told so."""

    def __init__(self, *, says: bytes = READY, dies: bool = False, deaf: bool = False) -> None:
        self.says, self.dies, self.deaf = says, dies, deaf
        self.now = {"Running": False, "Paused": False, "Pid": 0, "StartedAt": "", "ExitCode": 0}
        self.called = "c"
        self.starts = 0
        self.on = {"net": ["endpoint-0", "endpoint"]}
        self.written = b""

    async def state(self, _: str) -> dict[str, Any]:
        return dict(self.now)

    async def log(self, _: str) -> bytes:
        return self.written

    async def start(self, _: str) -> None:
        self.starts += 1
        self.written += self.says
        self.now |= {"Running": not self.dies, "Pid": 40 + self.starts, "StartedAt": f"t{self.starts}"}
        self.now["ExitCode"] = 1 if self.dies else 0

    async def kill(self, _: str, signal: str = "SIGKILL") -> None:
        assert not self.now["Paused"], "what is frozen takes no signal"
        if self.now["Running"] and not (self.deaf and signal == "SIGTERM"):
            self.now |= {"Running": False, "ExitCode": 137 if signal == "SIGKILL" else 0}

    async def disconnect(self, _: str, network: str) -> None:
        self.on.pop(network)

    async def connect_to(self, _: str, network: str, aliases: list[str]) -> None:
        self.on[network] = aliases

    async def run_in(self, *_: object) -> str:
        return "Inter-|\n face |\n    lo: 0\n" + "".join(f"  eth{number}: 0\n" for number, _ in enumerate(self.on))

    async def name(self, _: str) -> str:
        return self.called

    async def rename(self, _: str, name: str) -> None:
        assert name != self.called, "the engine refuses that"
        self.called = name

    async def pause(self, _: str) -> None:
        self.now["Paused"] = True

    async def unpause(self, _: str) -> None:
        self.now["Paused"] = False


def a_container(played: PlayedEngine) -> Container:
    return Container(cast(Engine, played), BLUEPRINT, "abc", says_ready)


async def test_it_is_told_from_itself_before_it_was_started_again() -> None:
    container = a_container(PlayedEngine())
    assert await container.look() == "gone"
    assert not container.is_wanted
    await container.start()
    assert await container.look() == "41@t1 running"
    assert await container.exit_code() is None
    assert container.is_wanted
    await container.kill()
    assert await container.look() == "gone"
    assert await container.exit_code() == -9
    await container.start()
    assert await container.look() == "42@t2 running"


async def test_paused_is_stopped_and_can_be_killed() -> None:
    container = a_container(PlayedEngine())
    await container.start()
    await container.resume()  # it was not paused: nothing happens
    await container.pause()
    assert await container.look() == "41@t1 stopped"
    await container.kill()
    assert await container.look() == "gone"


async def test_what_was_ready_once_is_not_ready_again_because_of_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "START_DEADLINE_S", 0.1)
    played = PlayedEngine()
    container = a_container(played)
    await container.start()
    await container.kill()
    played.says = b"still importing\n"
    with pytest.raises(StartFailed, match="still importing"):
        await container.start()
    assert await container.look() == "gone"


async def test_what_dies_at_once_says_how_and_shows_its_log() -> None:
    container = a_container(PlayedEngine(says=b"cannot import 'yours'\n", dies=True))
    with pytest.raises(StartFailed, match=r"exit code 1(\n.*)*cannot import 'yours'"):
        await container.start()


async def test_what_is_deaf_to_being_asked_is_ended_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETIRE_PATIENCE_S", 0.1)
    container = a_container(PlayedEngine(deaf=True))
    await container.start()
    await container.ask_to_end()
    with pytest.raises(WaitTimedOut):
        await container.ended(0.1)
    await container.retire()
    assert await container.look() == "gone"
    assert not container.is_wanted


async def test_it_is_found_by_its_name_until_that_is_hidden() -> None:
    played = PlayedEngine()
    container = a_container(played)
    await container.hide()
    assert played.called != container.host
    for _ in range(2):  # the second time there is nothing to do
        await container.unhide()
        assert played.called == container.host


async def test_off_its_network_it_has_no_interface_and_back_on_it_its_names() -> None:
    played = PlayedEngine()
    container = a_container(played)
    assert await container.interfaces() == 1
    await container.cut_off()
    assert await container.interfaces() == 0
    await container.rejoin()
    assert played.on == {"net": ["endpoint-0", "endpoint"]}


def test_only_a_container_can_be_used_as_one() -> None:
    container = a_container(PlayedEngine())
    assert contained(container) is container
    with pytest.raises(BadInput, match="is not a container"):
        contained(cast(Target, SimpleNamespace(name="restate")))
