"""How a missing program is installed and verified against pins: from its npm package, or built from its Go module."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import itertools
import os
import platform
import re
import shutil
import signal
import sys
import tarfile
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chaos.errors import ToolMissing
from chaos.model import Frozen

Progress = Callable[[str], None]
"""Receives, one line at a time, what is being done and how long it has taken."""

HEARTBEAT_S = 10
DEADLINE_S = 900
_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def platform_name() -> str:
    """This machine's platform, as npm names it, such as "linux-x64" or "darwin-arm64"."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{_ARCHITECTURES.get(machine, machine)}"


class Installer(Protocol):
    """Installs one program. Both methods raise ToolMissing with what to install or to set."""

    async def check(self) -> None:
        """Checks that this machine has what the installation needs, apart from the network."""

    async def install(self, binary: Path, progress: Progress) -> None:
        """Puts the program at `binary`, in a folder used by this installation only."""


class NpmPin(Frozen):
    """A version, and the sha512 of its package for every platform it exists for, as stated by the npm registry."""

    version: str
    integrity: Mapping[str, str]


@dataclass(frozen=True)
class NpmPackage:
    """A native program that npm distributes in one package per platform, as `bin/<name>`.

    The package is fetched without its node wrapper: killing a wrapper would leave the program running.
    """

    package: str
    pin: NpmPin

    async def check(self) -> None:
        """See Installer."""
        if platform_name() not in self.pin.integrity:
            known = ", ".join(self.pin.integrity)
            raise ToolMissing(f"{self.package} {self.pin.version} exists for {known}, not for {platform_name()}")
        if not shutil.which("npm"):
            raise ToolMissing("npm is not on PATH: install Node.js with npm")

    async def install(self, binary: Path, progress: Progress) -> None:
        """See Installer."""
        await self.check()
        package = f"{self.package}-{platform_name()}@{self.pin.version}"
        with tempfile.TemporaryDirectory(dir=binary.parent) as folder:
            await run(
                ["npm", "pack", package, "--ignore-scripts", "--loglevel=error", "--fetch-retry-mintimeout=1000"],
                doing=f"fetching {package} with npm",
                cwd=Path(folder),
                progress=progress,
            )
            await asyncio.to_thread(self._unpack, Path(folder), binary)

    def _unpack(self, folder: Path, binary: Path) -> None:
        (archive,) = folder.glob("*.tgz")
        with archive.open("rb") as stream:
            digest = base64.b64encode(hashlib.file_digest(stream, "sha512").digest()).decode()
        pinned = self.pin.integrity[platform_name()]
        if f"sha512-{digest}" != pinned:
            raise ToolMissing(
                f"{self.package} {self.pin.version} came with the wrong checksum: sha512-{digest}, where {pinned} is "
                "pinned; nothing was installed. Check which registry npm is configured to use"
            )
        with tarfile.open(archive) as tar:
            for member, target in ((f"bin/{binary.name}", binary), ("LICENSE", binary.with_name("LICENSE"))):
                content = tar.extractfile(f"package/{member}")
                assert content, f"{member} is a file in the package whose checksum was just verified"
                with target.open("wb") as out:
                    shutil.copyfileobj(content, out, 1 << 20)
        binary.chmod(0o755)


@dataclass(frozen=True)
class GoCommand:
    """A command built from Go modules: the go.mod and go.sum in `folder` pin it and everything it is built from."""

    folder: Path
    command: str
    version_variable: str

    @property
    def version(self) -> str:
        """The version that go.mod requires for the module that holds the command."""
        requirements: list[tuple[str, str]] = re.findall(
            r"^\s*(\S+) v(\S+)", (self.folder / "go.mod").read_text(), re.MULTILINE
        )
        return next(version for module, version in requirements if self.command.startswith(f"{module}/"))

    async def check(self) -> None:
        """See Installer."""
        wanted = re.search(r"^go (\d+)\.(\d+)", (self.folder / "go.mod").read_text(), re.MULTILINE)
        assert wanted, "a go.mod states its Go version"
        needs = f"Go {wanted[1]}.{wanted[2]} or newer"
        if not shutil.which("go"):
            raise ToolMissing(f"go is not on PATH: install {needs}")
        # When asked in the module's folder, Go 1.21 or newer answers with the toolchain that it would switch to.
        said = await run(["go", "version"], doing="asking Go for its version", cwd=self.folder)
        have = re.search(r"go(\d+)\.(\d+)", said)
        if not have or (int(have[1]), int(have[2])) < (int(wanted[1]), int(wanted[2])):
            raise ToolMissing(f"the Go on PATH is too old ({said.strip()}): install {needs}")

    async def install(self, binary: Path, progress: Progress) -> None:
        """See Installer."""
        await self.check()
        linker = f"-s -w -X {self.version_variable}={self.version}"
        await run(
            ["go", "build", "-trimpath", "-buildvcs=false", "-ldflags", linker, "-o", str(binary), self.command],
            doing=f"building {binary.name} {self.version} with Go",
            cwd=self.folder,
            # readonly: every module must be in go.sum, and neither file is ever written. No C compiler is needed.
            env={"GOFLAGS": "-mod=readonly", "GOWORK": "off", "CGO_ENABLED": "0"},
            progress=progress,
        )


async def run(
    command: Sequence[str],
    *,
    doing: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    progress: Progress = lambda _: None,
) -> str:
    """What `command` printed. Raises ToolMissing with its last lines if it fails or takes longer than DEADLINE_S."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,  # so that whatever it starts can be ended with it
    )
    talk = asyncio.create_task(process.communicate())
    try:
        for waited_s in itertools.count(HEARTBEAT_S, HEARTBEAT_S):
            if (await asyncio.wait({talk}, timeout=HEARTBEAT_S))[0]:
                break
            if waited_s >= DEADLINE_S:
                raise ToolMissing(f"{doing} took longer than {DEADLINE_S} s and was stopped")
            progress(f"still {doing}, {waited_s} s so far")
        printed = (await talk)[0].decode(errors="replace")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        await asyncio.wait({talk})
    if process.returncode:
        last = "\n".join(f"    {line}" for line in printed.strip().splitlines()[-8:])
        raise ToolMissing(
            f"{doing} failed with exit code {process.returncode}; it needs the network; its last output:\n{last}"
        )
    return printed
