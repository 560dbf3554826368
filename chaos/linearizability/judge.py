"""A verdict on one file: every key by itself, each in its turn.

A history is linearizable when the history of each of its objects is (locality: Herlihy and Wing, TOPLAS 1990), so that
each key is searched alone (Horn and Kroening, "Faster linearizability checking via P-compositionality", FORTE 2015).
Keys take turns in slices of steps: one that is hard does not keep the violation of another from being found. After each
round in which one was found, that with the smallest prefix is the counterexample.

Steps and places in memory are counted, not seconds and bytes, so that a verdict is the same on every machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from chaos.linearizability.counterexample import counterexample
from chaos.linearizability.history import History, read
from chaos.linearizability.lines import Lines
from chaos.linearizability.model import Model
from chaos.linearizability.pursuit import Pursuit
from chaos.outcome import Outcome

SLICE = 200  # steps


class Limits(NamedTuple):
    """What one file may cost, before its verdict is UNKNOWN."""

    steps: int = 5_000_000  # places looked at: some ten seconds
    places: int = 500_000  # kept in memory at one time, by all keys: half a kilobyte to one each


LIMITS = Limits()


class Judged(NamedTuple):
    """One file's verdict. `pursuit` is that of the key that is INVALID."""

    outcome: Outcome
    steps: int
    reason: str = ""  # why it is UNKNOWN
    pursuit: Pursuit | None = None


def judge_file(path: Path, model: Model, lines: Lines, limits: Limits = LIMITS) -> tuple[Outcome, dict[str, Any]]:
    """The verdict on a file, also as JSON. Raises BadInput."""
    keys, operations = read(path, model, lines)
    judged = judge(keys, model, limits) if operations else Judged(Outcome.UNKNOWN, 0, "there are no operations in it")
    said: dict[str, Any] = {"file": str(path), "verdict": judged.outcome.value, "model": model.name}
    said |= {"operations": operations, "keys": len(keys), "steps": judged.steps}
    if judged.reason:
        said["reason"] = judged.reason
    if judged.pursuit is not None:
        said["counterexample"] = counterexample(judged.pursuit, model)
    return judged.outcome, said


def judge(histories: list[History], model: Model, limits: Limits = LIMITS) -> Judged:
    """The verdict on the histories of all keys."""
    steps = 0
    waiting: list[History | Pursuit] = [*reversed(histories)]
    while waiting:
        unfinished: list[History | Pursuit] = []
        found: list[Pursuit] = []
        remembered = 0
        while waiting:
            each = waiting.pop()
            pursuit = each if isinstance(each, Pursuit) else Pursuit(each, model)
            steps += pursuit.run(min(SLICE, limits.steps - steps))
            if pursuit.outcome is Outcome.INVALID:
                found.append(pursuit)
            elif pursuit.outcome is None:
                unfinished.append(pursuit)
                remembered += pursuit.remembered
            if steps >= limits.steps or remembered > limits.places:
                break
        if found:
            return Judged(Outcome.INVALID, steps, pursuit=min(found, key=lambda each: each.unreached))
        left = len(unfinished) + len(waiting)
        if left and steps >= limits.steps:
            return Judged(Outcome.UNKNOWN, steps, f"{steps} steps did not decide {left} of {len(histories)} keys")
        if remembered > limits.places:
            what = f"{remembered} places to remember did not decide {left} of {len(histories)} keys"
            return Judged(Outcome.UNKNOWN, steps, what)
        waiting = [*reversed(unfinished)]
    return Judged(Outcome.VALID, steps)
