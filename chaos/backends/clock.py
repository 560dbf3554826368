"""A wall clock of its own for a process: libfaketime, preloaded, tells it a time so many seconds ahead of ours."""

from __future__ import annotations

from pathlib import Path

LIBRARY = "libfaketimeMT.so.1"
PLACES = ("usr/lib/*/faketime", "usr/lib/faketime", "usr/lib64/faketime", "usr/local/lib/faketime")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the library puts its two files, not a place we choose


def faketime() -> Path | None:
    """The library, where this machine has it."""
    found = (path for place in PLACES for path in sorted(Path("/").glob(f"{place}/{LIBRARY}")))
    return next(found, None)


def ahead_by(seconds: float, library: Path) -> dict[str, str]:
    """Environment variables of a process whose wall clock is ahead; its waits and its files' times are as they are."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds:+f}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def files_of(pid: int) -> tuple[Path, ...]:
    """What the library may make for a process, and removes only when that ends by itself."""
    return SHARED_MEMORY / f"faketime_shm_{pid}", SHARED_MEMORY / f"sem.faketime_sem_{pid}"


def forget(pid: int) -> None:
    """Removes the library's files of a process: one that was killed leaves them, one that runs no longer needs them."""
    for path in files_of(pid):
        path.unlink(missing_ok=True)
