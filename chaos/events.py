"""What the engine reports while it runs: small values for listeners. Engines emit events, reporters consume them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chaos.verdict import Outcome


@dataclass(frozen=True)
class ScenarioStarted:
    """A scenario begins; `operations` is how many its load will make."""

    name: str
    seed: int
    operations: int


@dataclass(frozen=True)
class PhaseChanged:
    """The scenario has moved on: "load", "heal", "converge", "collect", "check" …"""

    phase: str


@dataclass(frozen=True)
class Progress:
    """Progress of the load: operations ended, out of how many, and how many ended in the last second."""

    done: int
    total: int
    per_second: float


@dataclass(frozen=True)
class FaultChanged:
    """A fault has reached a phase; it is on from `injected` to `healed`."""

    step: str
    fault: str
    target: str
    phase: str  # one of chaos.evidence.faultlog.Phase


@dataclass(frozen=True)
class ScenarioEnded:
    """A scenario has been judged."""

    name: str
    verdict: Outcome
    took_ms: int


Event = ScenarioStarted | PhaseChanged | Progress | FaultChanged | ScenarioEnded
Listener = Callable[[Event], None]
