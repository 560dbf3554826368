"""linearizability: what `chaos linearizable` takes, Python's start included, and what of it is the judging.

The histories are made here, from seeds. A ratio compares the judging with what nobody can do without: reading the same
lines as JSON, measured in the same run.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.histories import cas_register, kv
from benchmarks.report import Figure, at_most, figure
from benchmarks.stacks import Bench
from benchmarks.statistics import ratios
from chaos.errors import ChaosError
from chaos.linearizability.judge import judge_file
from chaos.linearizability.lines import Lines
from chaos.linearizability.models import find_model
from chaos.outcome import Outcome

RUNS, QUICK_RUNS = 10, 3
ROOT = Path(__file__).parents[1]
# The peak of this process alone: what the kernel counts for a child begins with what its parent had.
PEAK = (
    "import atexit, sys; from chaos.cli import main; status = open('/proc/self/status').read; "
    "atexit.register(lambda: print(status().split('VmHWM:')[1].split()[0], file=sys.stderr)); main()"
)


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - no stack is needed
    """Seconds and megabytes. Raises ChaosError when a verdict is wrong."""
    runs = QUICK_RUNS if quick else RUNS
    with TemporaryDirectory() as folder:
        short = _files(
            Path(folder), "short", [cas_register(seed, 100 + seed, 5, wrong=seed % 4 == 0) for seed in range(100)]
        )
        keyed = _files(Path(folder), "keyed", [kv(1, 2_000, 50, 10, wrong=True)])
        large = _files(Path(folder), "large", [kv(2, 100_000, 50, 2_000, wrong=False)])
        calls = [await _command("cas-register", short, {0, 1}) for _ in range(runs)]
        large_s = [(await _command("kv", large, {0}))[0] for _ in range(2 if quick else 5)]
        peaks = [(await _command("kv", keyed, {1}))[1] for _ in range(runs)]
    name = "linearizability"
    return [
        figure(name, "100 histories of 100 to 199 operations, one call", "s", [s for s, _ in calls], at_most(0.3)),
        figure(name, "2,000 operations of 50 clients, wrong: peak", "MB", peaks, at_most(50)),
        figure(name, "100,000 operations on 2,000 keys, one call", "s", large_s, at_most(5)),
        *_judging(runs),
    ]


def _judging(runs: int) -> list[Figure]:
    """What the judging of the keyed history takes in this process, in seconds and in readings of its lines."""
    with TemporaryDirectory() as folder:
        (path,) = _files(Path(folder), "keyed", [kv(1, 2_000, 50, 10, wrong=True)])
        model = find_model("kv")
        judging, reading = [], []
        for _ in range(runs):
            began = time.perf_counter()
            for line in path.read_text("utf-8").splitlines():
                json.loads(line)
            read = time.perf_counter()
            outcome, _said = judge_file(path, model, Lines(model))
            judging.append(time.perf_counter() - read)
            reading.append(read - began)
            if outcome is not Outcome.INVALID:
                raise ChaosError(f"a history with violations was judged {outcome}")
    name = "linearizability"
    return [
        figure(name, "2,000 operations of 50 clients, wrong: judging", "s", judging, at_most(0.1)),
        figure(name, "… over reading its lines as JSON", "", ratios(judging, reading)),
    ]


def _files(folder: Path, name: str, texts: Sequence[str]) -> list[Path]:
    paths = [folder / f"{name}-{number}.jsonl" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, "utf-8")
    return paths


async def _command(model: str, files: Sequence[Path], allowed: set[int]) -> tuple[float, float]:
    """Seconds and peak megabytes of one call. Raises ChaosError when it exits with another code."""
    began = time.perf_counter()
    words = [sys.executable, "-c", PEAK, "linearizable", "--model", model, *map(str, files)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=asyncio.subprocess.DEVNULL, stderr=pipe)
    said = (await process.communicate())[1].decode(errors="replace")
    took_s = time.perf_counter() - began
    if process.returncode not in allowed:
        raise ChaosError(f"chaos linearizable exited with {process.returncode}: {said}")
    return took_s, int(said.split()[-1]) / 1024
