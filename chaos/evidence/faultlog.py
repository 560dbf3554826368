"""The fault log: what was broken, when, and how it was seen; every fault is on disk before it is injected."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Literal, TextIO

from pydantic import JsonValue

from chaos.model import Frozen

Phase = Literal["intended", "injected", "observed", "healing", "healed", "ready", "failed"]
Relation = Literal["differs", "at_least", "at_most", "equals"]


class Observation(Frozen):
    """A measurement of a fault's effect, made by something other than the call that injected it.

    The effect counts as seen when `during` is in `relation` to `bound` (for "differs": to `before`).
    """

    measure: str  # what was measured, with its unit
    source: str  # where it was read: "probe", "process table", "clearing ledger", "sys_invocation" …
    before: JsonValue = None
    during: JsonValue = None
    relation: Relation = "differs"
    bound: JsonValue = None

    @property
    def shows_effect(self) -> bool:
        """Whether the measurement shows that the fault took effect; a missing measurement shows nothing."""
        if self.during is None:
            return False
        if self.relation == "differs":
            return self.during != self.before
        if self.relation == "equals":
            return self.during == self.bound
        if not isinstance(self.during, int | float) or not isinstance(self.bound, int | float):
            return False
        return self.during >= self.bound if self.relation == "at_least" else self.during <= self.bound


class FaultEvent(Frozen):
    """One line of faults.jsonl. A fault is on from `injected` to `healed`; `ready` is when its target served again."""

    at_ms: int
    step: str
    fault: str
    target: str
    phase: Phase
    observation: Observation | None = None
    rule_id: str | None = None  # the rule that this fault set; the ledger's rows carry it
    detail: str | None = None


class FaultLog:
    """Append-only writer of faults.jsonl, flushed to disk before it returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[FaultEvent] = []
        self._file: TextIO = path.open("a", encoding="utf-8")

    def append(self, event: FaultEvent) -> None:
        """Writes one event and syncs it, so that a crash after this call cannot hide the fault."""
        self.events.append(event)
        self._file.write(event.model_dump_json(exclude_none=True) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


class Injection:
    """One fault's access to the log: it logs that it is injected, what was seen of it, and that it is healed."""

    def __init__(self, log: FaultLog, step: str, fault: str, target: str) -> None:
        self.step = step
        self.moment = ""  # what was seen when its trigger fired; logged with the next event
        self._log = log
        self._fault = fault
        self._target = target
        self._is_intended = False

    def log(
        self,
        phase: Phase,
        *,
        observation: Observation | None = None,
        rule_id: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Appends an event of this fault; times are wall-clock times, for people and windows, not for verdicts.

        Raises RuntimeError when the fault breaks or heals something that it has not logged as intended: neither the
        reaper nor anyone who reads the log after a crash would know of it.
        """
        self._is_intended |= phase == "intended"
        if phase in ("injected", "healing", "healed") and not self._is_intended:
            raise RuntimeError(
                f"fault {self._fault} of step {self.step} logs {phase!r} without having logged 'intended'"
            )
        self._log.append(
            FaultEvent(
                at_ms=time.time_ns() // 1_000_000,
                step=self.step,
                fault=self._fault,
                target=self._target,
                phase=phase,
                observation=observation,
                rule_id=rule_id,
                detail=detail or self.moment or None,
            )
        )
        self.moment = ""

    def observe(
        self,
        measure: str,
        source: str,
        *,
        before: JsonValue = None,
        during: JsonValue = None,
        relation: Relation = "differs",
        bound: JsonValue = None,
    ) -> Observation:
        """Records a measurement of the fault's effect and returns it."""
        observation = Observation(
            measure=measure, source=source, before=before, during=during, relation=relation, bound=bound
        )
        self.log("observed", observation=observation)
        return observation
