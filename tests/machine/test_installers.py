"""What is installed is what was pinned, and every way to fail says what to do. npm and Go are stand-ins here."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import shutil
import tarfile
from pathlib import Path

import psutil
import pytest

from chaos.errors import ToolMissing
from chaos.machine import installers
from chaos.machine.installers import GoCommand, NpmPackage, NpmPin, platform_name, run
from chaos.machine.toolchain import PINS, RESTATE_SERVER, TOXIPROXY
from chaos.waiting import NotYet, until

pytestmark = pytest.mark.integration


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder / "tool"


def script(file: Path, *lines: str) -> None:
    file.write_text("\n".join(["#!/bin/sh", *lines]) + "\n")
    file.chmod(0o755)


def package(file: Path) -> str:
    """Writes an npm package that holds a program called tool; returns its integrity."""
    with tarfile.open(file, "w:gz") as tar:
        for name, content in (("package/bin/tool", b"the program"), ("package/LICENSE", b"the license")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return "sha512-" + base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()


def npm_package(integrity: str) -> NpmPackage:
    return NpmPackage("@scope/tool", NpmPin(version="1.2.3", integrity={platform_name(): integrity}))


async def test_the_binary_comes_out_of_the_package_of_this_platform(tmp_path: Path, path: Path, target: Path) -> None:
    integrity = package(tmp_path / "tool.tgz")
    script(path / "npm", f'[ "$1 $2" = "pack @scope/tool-{platform_name()}@1.2.3" ] && /bin/cp {tmp_path}/tool.tgz .')
    await npm_package(integrity).install(target, print)
    assert target.read_text() == "the program"
    assert target.stat().st_mode & 0o777 == 0o755
    assert {file.name for file in target.parent.iterdir()} == {"tool", "LICENSE"}


async def test_a_wrong_checksum_installs_nothing(tmp_path: Path, path: Path, target: Path) -> None:
    package(tmp_path / "tool.tgz")
    script(path / "npm", f"/bin/cp {tmp_path}/tool.tgz .")
    with pytest.raises(
        ToolMissing, match=r"@scope/tool 1\.2\.3 came with the wrong checksum: .* sha512-other is pinned"
    ):
        await npm_package("sha512-other").install(target, print)
    assert list(target.parent.iterdir()) == []


async def test_what_npm_said_when_it_failed_is_told(path: Path, target: Path) -> None:
    script(path / "npm", "echo npm error code ENOTFOUND >&2", "exit 7")
    with pytest.raises(ToolMissing) as failure:
        await npm_package("sha512-any").install(target, print)
    assert f"fetching @scope/tool-{platform_name()}@1.2.3 with npm failed with exit code 7" in str(failure.value)
    assert "npm error code ENOTFOUND" in str(failure.value)


async def test_a_missing_npm_is_told(path: Path, target: Path) -> None:
    with pytest.raises(ToolMissing, match=r"npm is not on PATH: install Node\.js with npm"):
        await npm_package("sha512-any").install(target, print)


async def test_a_platform_without_a_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(
        ToolMissing, match=r"exists for linux-x64, linux-arm64, darwin-x64, darwin-arm64, not for .*riscv64"
    ):
        await RESTATE_SERVER.installer.check()


def test_every_platform_is_pinned_by_a_whole_sha512() -> None:
    pin = NpmPin.model_validate_json((PINS / "restate-server.json").read_text())
    assert set(pin.integrity) == {"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"}
    for integrity in pin.integrity.values():
        assert len(base64.b64decode(integrity.removeprefix("sha512-"), validate=True)) == 64


async def test_a_missing_go_is_told(path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"go is not on PATH: install Go 1\.23 or newer"):
        await TOXIPROXY.installer.check()


@pytest.mark.parametrize(
    ("version", "good"), [("1.19.8", False), ("1.22.12", False), ("1.23.0", True), ("1.26.8", True), ("2.0", True)]
)
async def test_go_has_to_be_new_enough(path: Path, version: str, good: bool) -> None:
    script(path / "go", f"echo go version go{version} linux/amd64")
    if good:
        await TOXIPROXY.installer.check()
    else:
        with pytest.raises(
            ToolMissing, match=rf"too old \(go version go{version} linux/amd64\): install Go 1\.23 or newer"
        ):
            await TOXIPROXY.installer.check()


def toxiproxy_pinned_in(folder: Path) -> GoCommand:
    shutil.copytree(PINS / "toxiproxy", folder)
    assert isinstance(TOXIPROXY.installer, GoCommand)
    return GoCommand(folder, TOXIPROXY.installer.command, TOXIPROXY.installer.version_variable)


@pytest.mark.integration
async def test_a_module_that_is_not_what_go_sum_says_is_not_built(tmp_path: Path, target: Path) -> None:
    installer = toxiproxy_pinned_in(tmp_path / "pins")
    sums = installer.folder / "go.sum"
    sums.write_text(sums.read_text().replace("toxiproxy/v2 v2.12.0 h1:d", "toxiproxy/v2 v2.12.0 h1:D"))
    with pytest.raises(ToolMissing, match="SECURITY ERROR"):
        await installer.install(target, print)
    assert not target.exists()


@pytest.mark.integration
async def test_a_module_that_go_sum_does_not_know_is_not_built(tmp_path: Path, target: Path) -> None:
    installer = toxiproxy_pinned_in(tmp_path / "pins")
    sums = installer.folder / "go.sum"
    sums.write_text("\n".join(line for line in sums.read_text().splitlines() if "gorilla/mux" not in line) + "\n")
    before = sums.read_bytes()
    with pytest.raises(ToolMissing, match=r"missing go\.sum entry"):
        await installer.install(target, print)
    assert sums.read_bytes() == before


async def gone(name: str) -> None:
    if any(name in " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])):
        raise NotYet("it runs")


async def test_what_takes_too_long_is_given_up_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installers, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(installers, "DEADLINE_S", 0.2)
    script(tmp_path / "slow", f"/bin/sleep 600 & exec tail -f {tmp_path}/slow")
    told: list[str] = []
    with pytest.raises(ToolMissing, match=r"building took longer than 0\.2 s and was stopped"):
        await run([str(tmp_path / "slow")], doing="building", cwd=tmp_path, progress=told.append)
    assert told[0] == "still building, 0.05 s so far"
    await until(lambda: gone(f"{tmp_path}/slow"), "all is ended", 20)


async def test_a_cancelled_run_ends_what_it_started(tmp_path: Path) -> None:
    script(tmp_path / "slow", f"/bin/touch {tmp_path}/begun", f"exec tail -f {tmp_path}/slow")

    async def begun() -> None:
        if not (tmp_path / "begun").exists():
            raise NotYet("not begun")

    running = asyncio.create_task(run([str(tmp_path / "slow")], doing="building", cwd=tmp_path))
    await until(begun, "it runs", 20)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: gone(f"{tmp_path}/slow"), "all is ended", 20)
