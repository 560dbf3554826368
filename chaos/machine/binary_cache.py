"""Installed binaries, shared by processes: each stored once, whole or not at all, and verified before use."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from chaos.model import Frozen


class Fingerprint(Frozen):
    """Stored beside a cached binary as fingerprint.json: the binary's properties when it was installed."""

    size_bytes: int
    modified_ns: int
    sha256: str


def is_intact(binary: Path, *, thorough: bool) -> bool:
    """Whether `binary` is what was installed: by size and modification time, or if `thorough` by its whole content."""
    try:
        recorded = Fingerprint.model_validate_json(_record(binary).read_text())
        if thorough:
            return _fingerprint(binary) == recorded
        status = binary.stat()
    except (OSError, ValueError):
        return False
    return (status.st_size, status.st_mtime_ns) == (recorded.size_bytes, recorded.modified_ns)


async def fill(binary: Path, make: Callable[[Path], Awaitable[None]], on_wait: Callable[[], None]) -> None:
    """Has `make` produce `binary` in a folder that is renamed into place when complete, unless it is already there.

    One process at a time does this; `on_wait` is called if another one is at it. Raises OSError and what `make` raises.
    """
    entry = binary.parent
    partial = entry.with_name(f"{entry.name}.partial")
    async with _lock(entry.with_name(f"{entry.name}.lock"), on_wait):
        if await asyncio.to_thread(is_intact, binary, thorough=False):
            return
        for leftover in (partial, entry):
            await asyncio.to_thread(shutil.rmtree, leftover, ignore_errors=True)
        partial.mkdir()
        try:
            made = partial / binary.name
            await make(made)
            _record(made).write_text((await asyncio.to_thread(_fingerprint, made)).model_dump_json())
            partial.rename(entry)
        finally:
            await asyncio.to_thread(shutil.rmtree, partial, ignore_errors=True)


def _record(binary: Path) -> Path:
    return binary.with_name("fingerprint.json")


def _fingerprint(binary: Path) -> Fingerprint:
    status = binary.stat()
    with binary.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Fingerprint(size_bytes=status.st_size, modified_ns=status.st_mtime_ns, sha256=digest)


@contextlib.asynccontextmanager
async def _lock(file: Path, on_wait: Callable[[], None]) -> AsyncIterator[None]:
    """A lock held by one task of one process at a time; the kernel releases it when that process dies."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as stream:
        waiting = False
        while not _try_lock(stream.fileno()):
            if not waiting:
                on_wait()
            waiting = True
            await asyncio.sleep(0.1)  # the kernel has no event for "unlocked" that a task could await
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
