"""Which restate-server and Toxiproxy are run: named in a setting, on PATH, cached, or else installed; all pinned.

The versions and checksums are in chaos/machine/toolchain_pins/ and nowhere else. Only native programs that state their
pinned version are used. Toxiproxy built with a plain `go install` states "git" instead: it is accepted, with a notice,
at a path that was set by hand, and skipped on PATH.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from chaos.errors import BadInput, ChaosError, ToolMissing
from chaos.machine.binary_cache import fill, is_intact
from chaos.machine.installers import GoCommand, Installer, NpmPackage, NpmPin, Progress, platform_name

PINS = Path(__file__).parent / "toolchain_pins"
SETTINGS_PREFIX = "NEXUS_CHAOS_"
ANSWER_WITHIN_S = 30
_NATIVE = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")  # Linux; macOS, for one or several architectures
NO_CACHE = f"set {SETTINGS_PREFIX}CACHE_DIR to a folder you may write to"


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().absolute()
    except RuntimeError as error:
        raise BadInput("nobody's home is known here", where=str(path), next_step="name the whole path") from error


_Absolute = Annotated[Path, AfterValidator(_absolute)]


def _user_cache() -> Path | None:
    """None for a user who has no home: neither HOME, nor a line in the system's list of users."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    try:
        return (configured if configured.is_absolute() else Path.home() / ".cache") / "nexus-chaos"
    except RuntimeError:
        return None


class ToolchainSettings(BaseSettings):
    """Where to look: NEXUS_CHAOS_RESTATE_SERVER, NEXUS_CHAOS_TOXIPROXY (paths of binaries), NEXUS_CHAOS_CACHE_DIR."""

    model_config = SettingsConfigDict(env_prefix=SETTINGS_PREFIX, env_ignore_empty=True, frozen=True)

    restate_server: _Absolute | None = None
    toxiproxy: _Absolute | None = None
    cache_dir: _Absolute | None = Field(default_factory=_user_cache)


@dataclass(frozen=True)
class Tool:
    """A program: its name on PATH, the field that names its path, what `--version` prints before the version.

    `unversioned` is what a build without a version states instead.
    """

    name: str
    version: str
    setting: Literal["restate_server", "toxiproxy"]
    banner: str
    installer: Installer
    unversioned: str | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def variable(self) -> str:
        """The environment variable that names a binary to use."""
        return SETTINGS_PREFIX + self.setting.upper()


def _pinned_tools() -> tuple[Tool, Tool]:
    npm = NpmPin.model_validate_json((PINS / "restate-server.json").read_text())
    restate_server = Tool(
        name="restate-server",
        version=npm.version,
        setting="restate_server",
        banner="restate-server ",
        installer=NpmPackage("@restatedev/restate-server", npm),
    )
    go = GoCommand(
        folder=PINS / "toxiproxy",
        command="github.com/Shopify/toxiproxy/v2/cmd/server",
        version_variable="github.com/Shopify/toxiproxy/v2.Version",
    )
    toxiproxy = Tool(
        name="toxiproxy-server",
        version=go.version,
        setting="toxiproxy",
        banner="toxiproxy-server version ",
        installer=go,
        unversioned="git",
    )
    return restate_server, toxiproxy


RESTATE_SERVER, TOXIPROXY = _pinned_tools()


@dataclass(frozen=True)
class Tools:
    """Absolute paths of the programs to run."""

    restate_server: Path
    toxiproxy: Path

    @property
    def versions(self) -> dict[str, str]:
        """The pinned versions by program name."""
        return {tool.name: tool.version for tool in (RESTATE_SERVER, TOXIPROXY)}


@dataclass(frozen=True)
class Found:
    """A usable program and where it was found."""

    path: Path
    source: Literal["setting", "PATH", "cache"]


@dataclass(frozen=True)
class ToolReport:
    """One tool, for `chaos doctor`; with neither `found` nor `problem`, it will be installed when first needed."""

    tool: Tool
    found: Found | None
    notices: tuple[str, ...]
    problem: str | None


class _Unusable(Exception):
    """A file is not the program it should be; the message says why."""


async def find_tools(settings: ToolchainSettings, progress: Progress) -> Tools:
    """Both programs, installed first if needed, in parallel.

    Raises BadInput if a path that was set by hand is not the program, ToolMissing if one cannot be installed; if both
    have a problem, one error states both.
    """
    tools = (RESTATE_SERVER, TOXIPROXY)
    results = await asyncio.gather(*(find(tool, settings, progress) for tool in tools), return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    if len(errors) > 1 and all(isinstance(error, ChaosError) for error in errors):
        raise ToolMissing("\n".join(map(str, errors)))
    if errors:
        raise errors[0]
    return Tools(*(path for path in results if isinstance(path, Path)))


async def find(tool: Tool, settings: ToolchainSettings, progress: Progress) -> Path:
    """The path of `tool`, which is installed into the cache if it is found nowhere else. Errors as in find_tools."""
    found = await _locate(tool, settings, progress, thorough=False)
    return found.path if found else await _install(tool, settings, progress)


async def inspect_tools(settings: ToolchainSettings) -> list[ToolReport]:
    """What find_tools would use, without installing anything; cached binaries are fully hashed."""
    return list(await asyncio.gather(*(_inspect(tool, settings) for tool in (RESTATE_SERVER, TOXIPROXY))))


async def _inspect(tool: Tool, settings: ToolchainSettings) -> ToolReport:
    notices: list[str] = []
    found, problem = None, None
    try:
        found = await _locate(tool, settings, notices.append, thorough=True)
        if not found and (cached := _cached(tool, settings)).exists():
            problem = f"{cached} is not what was installed there: delete the folder {cached.parent}"
        elif not found:
            await tool.installer.check()
    except (ChaosError, OSError) as error:
        problem = str(error)
    return ToolReport(tool, found, tuple(notices), problem)


async def _locate(tool: Tool, settings: ToolchainSettings, notice: Progress, *, thorough: bool) -> Found | None:
    configured: Path | None = getattr(settings, tool.setting)
    if configured:
        await _require(tool, configured, notice)
        return Found(configured, "setting")
    if on_path := _on_path(tool):
        try:
            await _check(tool, on_path)
        except _Unusable as error:
            notice(f"{on_path} is on PATH but was skipped: it {error}")
        else:
            return Found(on_path, "PATH")
    cached = _cached(tool, settings)
    if await asyncio.to_thread(is_intact, cached, thorough=thorough):
        return Found(cached, "cache")
    return None


def _on_path(tool: Tool) -> Path | None:
    found = shutil.which(tool.name)
    return Path(found).absolute() if found else None


def _cached(tool: Tool, settings: ToolchainSettings) -> Path:
    if settings.cache_dir is None:
        raise ToolMissing(
            f"there is no place to install {tool} in: this user has no home\n"
            f"  next: {NO_CACHE}, or {tool.variable} to the path of its binary"
        )
    return settings.cache_dir / f"{tool.name}-{tool.version}-{platform_name()}" / tool.name


async def _require(tool: Tool, path: Path, notice: Progress) -> None:
    try:
        await _check(tool, path, on_unversioned=lambda: notice(f"{path} states no version: assumed to be {tool}"))
    except _Unusable as error:
        raise BadInput(
            f"{path} {error}",
            where=tool.variable,
            allowed=f"the native binary of {tool}",
            next_step=f"correct the path, or unset {tool.variable} to have one found or installed",
        ) from None


async def _install(tool: Tool, settings: ToolchainSettings, progress: Progress) -> Path:
    async def make(binary: Path) -> None:
        started = time.monotonic()
        progress(f"{tool}: installing")
        await tool.installer.install(binary, progress)
        await _check(tool, binary)
        progress(f"{tool}: installed in {time.monotonic() - started:.0f} s")

    cached = _cached(tool, settings)
    try:
        await fill(cached, make, on_wait=lambda: progress(f"{tool}: being installed by another process"))
    except (ToolMissing, _Unusable, OSError) as error:
        message = f"{tool} could not be installed: {error}\n  or: set {tool.variable} to the path of its binary"
        if isinstance(error, OSError):
            message += f"\n  or: {NO_CACHE}"
        raise ToolMissing(message) from error
    return cached


async def _check(tool: Tool, path: Path, on_unversioned: Callable[[], None] | None = None) -> None:
    stated = await _stated_version(tool, path)
    if on_unversioned and stated == tool.unversioned:
        on_unversioned()
    elif stated != tool.version:
        raise _Unusable(f"states version {stated}, not {tool.version}")


async def _stated_version(tool: Tool, path: Path) -> str:
    try:
        if not await asyncio.to_thread(_is_native, path):
            raise _Unusable("is not a native program, and killing a wrapper would leave the server running")
        process = await asyncio.create_subprocess_exec(
            path,
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
    except OSError as error:
        raise _Unusable(f"cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            printed = (await process.communicate())[0].decode(errors="replace").strip()
    except TimeoutError:
        raise _Unusable(f"did not answer --version within {ANSWER_WITHIN_S} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    stated = re.match(re.escape(tool.banner) + r"(\S+)", printed)
    if not stated:
        raise _Unusable(f"is not {tool.name}: --version printed {printed[:80]!r}")
    return stated[1]


def _is_native(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(4) in _NATIVE
