"""A separate wall clock for a process: libfaketime, preloaded, gives it a time some seconds ahead of ours."""

from __future__ import annotations

from pathlib import Path

LIBRARY = "libfaketimeMT.so.1"
PLACES = ("usr/lib/*/faketime", "usr/lib/faketime", "usr/lib64/faketime", "usr/local/lib/faketime")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the library puts its two files there, not we


def faketime() -> Path | None:
    """The library, if this machine has it."""
    found = (path for place in PLACES for path in sorted(Path("/").glob(f"{place}/{LIBRARY}")))
    return next(found, None)


def ahead_by(seconds: float, library: Path) -> dict[str, str]:
    """Environment variables for a process whose wall clock is ahead; its waits and its files' times are unchanged."""
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds:+f}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def files_of(pid: int) -> tuple[Path, ...]:
    """The files that the library may create for a process, and removes only when the process exits by itself."""
    return SHARED_MEMORY / f"faketime_shm_{pid}", SHARED_MEMORY / f"sem.faketime_sem_{pid}"


def forget(pid: int) -> None:
    """Removes the library's files for a process: a killed one leaves them, a running one no longer needs them."""
    for path in files_of(pid):
        path.unlink(missing_ok=True)
