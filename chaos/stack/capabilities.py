"""What faults and triggers may need from a backend, in words, and which of them a backend can do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

from chaos.plan.moments import Moment, Trigger
from chaos.plan.step import FAULTS

IN_WORDS: Mapping[str, str] = {
    "process": "parts of the stack that die, freeze and come back",
    "link": "links that can be broken",
    "third party": "third parties that misbehave on command",
    "deploy": "a second version of the app beside the first",
    "container": "containers, each with its own network interface and control group",
    "disk": "a disk for Restate that may be filled",
    "name": "containers that are found by name, which can be made unresolvable",
    "log": "Restate's write-ahead log where this machine can see it grow",
    "cluster": "Restate as several nodes (--chaos-nodes 3)",
    "settings": "endpoints that can be started again with other settings",
    "clock": "processes with their own clock (Debian: libfaketime)",
}


def abilities(capabilities: frozenset[str]) -> Iterator[str]:
    """A line for each fault, and each trigger that not every backend supports: whether it can be done, or why not."""
    for name, fault in sorted(FAULTS.items()):
        yield _line(name, fault.needs, capabilities)
    for moment in _moments():
        if moment.needs:
            yield _line(f"moment {moment.model_fields['trigger'].default}", moment.needs, capabilities)


def _line(name: str, needs: frozenset[str], capabilities: frozenset[str]) -> str:
    lacking = sorted(needs - capabilities)
    if not lacking:
        return f"can     {name}"
    return f"cannot  {name}: it needs {' and '.join(IN_WORDS[each] for each in lacking)}"


def _moments() -> tuple[type[Moment], ...]:
    """Every kind of trigger that a plan can name."""
    return get_args(get_args(Trigger)[0])
