"""The programs that images are built from: those of the toolchain, copied only when they changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chaos.backends import image_tools
from chaos.errors import BadInput
from chaos.machine.toolchain import Tools


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    found = Tools(tmp_path / "a", tmp_path / "b")
    found.restate_server.write_bytes(b"restate")
    found.toxiproxy.write_bytes(b"toxiproxy")

    async def find_tools(*_: object) -> Tools:
        return found

    monkeypatch.setattr(image_tools, "find_tools", find_tools)
    monkeypatch.setattr(image_tools, "platform_name", lambda: "linux-x64")
    return found


def test_both_are_copied_and_again_when_they_changed(tools: Tools, tmp_path: Path) -> None:
    folder = tmp_path / "docker/bin"
    image_tools.put_tools(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "restate-server": b"restate",
        "toxiproxy-server": b"toxiproxy",
    }
    (folder / "toxiproxy-server").chmod(0o444)  # a second copy would fail, or change this
    tools.restate_server.write_bytes(b"another")
    os.utime(tools.restate_server, ns=(1, 1))
    image_tools.put_tools(folder)
    assert (folder / "restate-server").read_bytes() == b"another"
    assert (folder / "toxiproxy-server").stat().st_mode & 0o777 == 0o444


def test_programs_of_another_system_are_refused(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_tools, "platform_name", lambda: "darwin-arm64")
    with pytest.raises(BadInput, match="do not run in containers"):
        image_tools.put_tools(tmp_path / "bin")
