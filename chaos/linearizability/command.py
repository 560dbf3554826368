"""`chaos linearizable`: a verdict on each file of histories, one JSON line each."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from chaos.linearizability.judge import LIMITS, Limits, judge_file
from chaos.linearizability.lines import Lines
from chaos.linearizability.models import find_model
from chaos.outcome import worst


def plainly(arguments: Sequence[str]) -> tuple[str, list[Path]] | None:
    """The model and the files of `--model NAME FILE…`, in any order; None when more is said, or less.

    What is said plainly needs no command-line library, whose import would cost more than the verdicts.
    """
    words = list(arguments)
    if "--model" not in words[:-1]:
        return None
    at = words.index("--model")
    files = words[:at] + words[at + 2 :]
    if not files or any(word.startswith("-") for word in (*files, words[at + 1])):
        return None
    return words[at + 1], [Path(file) for file in files]


def linearizable(model: str, files: Sequence[Path], say: Callable[[str], object], limits: Limits = LIMITS) -> int:
    """Says a line a file; returns the exit code of the worst verdict: 0 VALID, 1 INVALID, 3 UNKNOWN.

    Raises BadInput at the first file that cannot be used, when those before it are judged.
    """
    gc.disable()  # nothing here has cycles, and millions of small tuples would be looked through for them
    try:
        chosen = find_model(model)
        lines = Lines(chosen)
        outcomes = []
        for file in files:
            outcome, said = judge_file(file, chosen, lines, limits)
            outcomes.append(outcome)
            say(json.dumps(said))
        return worst(outcomes).exit_code
    finally:
        gc.enable()
