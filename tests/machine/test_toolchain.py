"""Where a program is looked for, in which order, and what is taken for it. Python itself plays the program."""

from __future__ import annotations

import asyncio
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chaos.errors import BadInput, ToolMissing
from chaos.machine import toolchain
from chaos.machine.installers import Progress
from chaos.machine.toolchain import (
    RESTATE_SERVER,
    TOXIPROXY,
    Found,
    Tool,
    ToolchainSettings,
    Tools,
    find,
    find_tools,
    inspect_tools,
)

pytestmark = pytest.mark.integration
PYTHON = Path(sys.executable).resolve()
WRAPPER = "#!/bin/sh\necho Python 3\n"


@dataclass(frozen=True)
class Copying:
    """Installs a copy of `source`."""

    source: Path

    async def check(self) -> None:
        """There is always Python."""

    async def install(self, binary: Path, progress: Progress) -> None:
        await asyncio.to_thread(shutil.copy, self.source, binary)


TOOL = Tool(
    name="tool",
    version=platform.python_version(),
    setting="toxiproxy",
    banner="Python ",
    installer=Copying(PYTHON),
)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH; the environment names no tools and an empty cache."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("RESTATE_SERVER", "TOXIPROXY", "CACHE_DIR"):
        monkeypatch.delenv(f"NEXUS_CHAOS_{name}", raising=False)
    return folder


@pytest.fixture
def told() -> list[str]:
    return []


def put(file: Path, content: str) -> Path:
    file.write_text(content)
    file.chmod(0o755)
    return file


async def test_a_path_set_by_hand_comes_first(path: Path, tmp_path: Path, told: list[str]) -> None:
    (path / "tool").symlink_to(PYTHON)
    (tmp_path / "mine").symlink_to(PYTHON)
    assert await find(TOOL, ToolchainSettings(toxiproxy=tmp_path / "mine"), told.append) == tmp_path / "mine"
    assert told == []


async def test_path_comes_second(path: Path, told: list[str]) -> None:
    (path / "tool").symlink_to(PYTHON)
    assert await find(TOOL, ToolchainSettings(), told.append) == path / "tool"
    assert told == []


async def test_else_it_is_installed_once(path: Path, tmp_path: Path, told: list[str]) -> None:
    installed = await find(TOOL, ToolchainSettings(), told.append)
    assert installed.is_relative_to(tmp_path / "cache" / "nexus-chaos")
    assert [line.split(" in ")[0] for line in told] == [f"{TOOL}: installing", f"{TOOL}: installed"]
    assert await find(TOOL, ToolchainSettings(), told.append) == installed
    assert len(told) == 2


async def test_a_damaged_cache_is_installed_again(path: Path, told: list[str]) -> None:
    installed = await find(TOOL, ToolchainSettings(), told.append)
    installed.write_bytes(b"\x7fELF")
    assert await find(TOOL, ToolchainSettings(), told.append) == installed
    assert installed.read_bytes() == PYTHON.read_bytes()


@pytest.mark.parametrize(
    ("file", "version", "reason"),
    [
        (None, "1.0", "cannot be started: No such file"),
        ("just text", "1.0", "is not a native program"),
        (WRAPPER, "3", "is not a native program, and killing a wrapper would leave the server running"),
        ("\x7fELF broken", "1.0", "cannot be started"),
        (PYTHON, "1.0", f"states version {platform.python_version()}, not 1.0"),
    ],
)
async def test_a_path_set_by_hand_has_to_be_the_program(
    path: Path, tmp_path: Path, file: str | Path | None, version: str, reason: str
) -> None:
    mine = tmp_path / "mine"
    if isinstance(file, str):
        put(mine, file)
    elif file:
        mine.symlink_to(file)
    with pytest.raises(BadInput) as failure:
        await find(replace(TOOL, version=version), ToolchainSettings(toxiproxy=mine), print)
    assert str(failure.value).startswith(f"NEXUS_CHAOS_TOXIPROXY: {mine} {reason}")
    assert f"the native binary of tool {version}" in str(failure.value)


async def test_another_program_is_not_taken_for_it(path: Path) -> None:
    with pytest.raises(BadInput, match=r"is not restate-server: --version printed 'Python 3\.[\d.]+'"):
        await find(RESTATE_SERVER, ToolchainSettings(restate_server=PYTHON), print)


async def test_a_program_that_does_not_answer_is_not_waited_for(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolchain, "_is_native", lambda _path: True)
    monkeypatch.setattr(toolchain, "ANSWER_WITHIN_S", 0.1)
    mine = put(tmp_path / "mine", "#!/bin/sh\nexec /bin/sleep 600\n")
    with pytest.raises(BadInput, match=r"did not answer --version within 0\.1 s"):
        await find(TOOL, ToolchainSettings(toxiproxy=mine), print)


async def test_the_wrong_version_on_path_is_passed_over(path: Path, told: list[str]) -> None:
    (path / "tool").symlink_to(PYTHON)
    with pytest.raises(ToolMissing, match=r"tool 9\.9 could not be installed: states version .*, not 9\.9"):
        await find(replace(TOOL, version="9.9"), ToolchainSettings(), told.append)
    assert told[0] == f"{path}/tool is on PATH but was skipped: it states version {TOOL.version}, not 9.9"


async def test_a_wrapper_on_path_is_passed_over(path: Path, told: list[str]) -> None:
    put(path / "tool", WRAPPER)
    assert (await find(TOOL, ToolchainSettings(), told.append)).name == "tool"
    assert told[0].startswith(f"{path}/tool is on PATH but was skipped: it is not a native program")


async def test_an_unknown_version_is_believed_only_where_it_was_set_by_hand(path: Path, told: list[str]) -> None:
    tool = replace(TOOL, version="9.9", unversioned=TOOL.version)
    assert await find(tool, ToolchainSettings(toxiproxy=PYTHON), told.append) == PYTHON
    assert told == [f"{PYTHON} states no version: assumed to be tool 9.9"]
    (path / "tool").symlink_to(PYTHON)
    with pytest.raises(ToolMissing):
        await find(tool, ToolchainSettings(), told.append)
    assert "was skipped" in told[1]


async def test_a_cache_that_cannot_be_written_is_told(path: Path, tmp_path: Path) -> None:
    put(tmp_path / "file", "")
    with pytest.raises(ToolMissing, match=r"could not be installed: .*Not a directory.*\n.* set NEXUS_CHAOS_TOXIPROXY"):
        await find(TOOL, ToolchainSettings(cache_dir=tmp_path / "file" / "cache"), print)


async def test_all_that_is_missing_is_told_at_once(path: Path) -> None:
    with pytest.raises(ToolMissing) as failure:
        await find_tools(ToolchainSettings(), print)
    for part in ("npm is not on PATH", "NEXUS_CHAOS_RESTATE_SERVER", "go is not on PATH", "NEXUS_CHAOS_TOXIPROXY"):
        assert part in str(failure.value)
    assert [report.problem for report in await inspect_tools(ToolchainSettings())] == [
        "npm is not on PATH: install Node.js with npm",
        "go is not on PATH: install Go 1.23 or newer",
    ]


def test_settings_come_from_the_environment(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXUS_CHAOS_TOXIPROXY", "bin/toxiproxy")
    monkeypatch.setenv("NEXUS_CHAOS_RESTATE_SERVER", "")
    settings = ToolchainSettings()
    assert settings.toxiproxy == tmp_path / "bin/toxiproxy"
    assert settings.restate_server is None
    assert settings.cache_dir == tmp_path / "cache/nexus-chaos"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert ToolchainSettings().cache_dir == Path.home() / ".cache/nexus-chaos"


async def test_without_a_home_only_what_must_be_installed_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def homeless(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "expanduser", homeless)
    (path / "tool").symlink_to(PYTHON)
    assert ToolchainSettings().cache_dir is None
    assert await find(TOOL, ToolchainSettings(), print) == path / "tool"
    (path / "tool").unlink()
    with pytest.raises(ToolMissing, match=r"this user has no home\n.*NEXUS_CHAOS_CACHE_DIR"):
        await find(TOOL, ToolchainSettings(), print)
    assert {"no home" in str(report.problem) for report in await inspect_tools(ToolchainSettings())} == {True}
    monkeypatch.setenv("NEXUS_CHAOS_CACHE_DIR", "~/tools")
    with pytest.raises(BadInput, match="nobody's home is known"):
        ToolchainSettings()


@pytest.mark.integration
def test_the_pinned_programs_state_their_versions(tools: Tools) -> None:
    for binary, version in ((tools.restate_server, "1.7.12"), (tools.toxiproxy, "2.12.0")):
        assert version in subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    assert tools.versions == {"restate-server": "1.7.12", "toxiproxy-server": "2.12.0"}


@pytest.mark.integration
async def test_inspection_finds_them_and_sees_damage(
    tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ToolchainSettings(restate_server=tools.restate_server, toxiproxy=None, cache_dir=tmp_path)
    monkeypatch.setattr(toolchain, "TOXIPROXY", replace(TOXIPROXY, installer=Copying(tools.toxiproxy)))
    cached = await find(toolchain.TOXIPROXY, settings, print)
    restate_server, toxiproxy = await inspect_tools(settings)
    assert restate_server.found == Found(tools.restate_server, "setting")
    assert toxiproxy.found == Found(cached, "cache")
    cached.write_bytes(b"\x7fELF")
    _, toxiproxy = await inspect_tools(settings)
    assert toxiproxy.found is None
    assert toxiproxy.problem == f"{cached} is not what was installed there: delete the folder {cached.parent}"
