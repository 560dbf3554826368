"""How many files a process may have open: raised as far as needed and allowed, for us and for all that we start."""

from __future__ import annotations

import contextlib
import resource

from chaos.errors import BadInput

NEEDED = 1024  # Restate takes 200, and Toxiproxy three for each client: the library's rush has 100
WANTED = 10_240  # and macOS allows no more


def allow_open_files() -> None:
    """Raises this process's limit, which is that of its children. Raises BadInput where it stays too low to rely on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    goal = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    if soft == resource.RLIM_INFINITY or soft >= goal >= NEEDED:
        return
    with contextlib.suppress(ValueError, OSError):  # not even as much as the hard limit says
        resource.setrlimit(resource.RLIMIT_NOFILE, (goal, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < NEEDED:
        raise BadInput(
            f"a process may have only {soft} files open",
            where="ulimit -n",
            allowed=f"{NEEDED} or more: a connection is a file, and a scenario may have hundreds",
            next_step=f"`ulimit -n {NEEDED}`, or have the limit raised for this user or container",
        )
