"""A soak: many generated plans, one after another on reused stacks, resumable, with a summary at the end.

Its folder is among the reports: soak.jsonl has one line for the request and one per finished plan, so that the same
command resumes where an earlier one stopped, however it stopped; records are kept of the plans that are not VALID.
"""

from __future__ import annotations

import contextlib
import fcntl
import shlex
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from chaos.backends.process import ProcessBackend
from chaos.errors import BadInput
from chaos.model import Frozen
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.reporting import ScenarioSummary
from chaos.session import BACKENDS, DEFAULT_SYSTEM, Config, Session
from chaos.system.system import find_system
from chaos.verdict import Outcome, worst

STATE_FILE = "soak.jsonl"
SUMMARY_FILE = "soak.json"


class Asked(Frozen):
    """What a soak is asked to do; a soak with the same request is resumed."""

    seed: int
    plans: int
    app: str
    backend: str
    modes: Modes
    system: str = DEFAULT_SYSTEM

    def command(self, seed: int, plans: int) -> str:
        """The command line that runs that many plans, starting at a seed, in the same way."""
        words = ["chaos", "soak", "--plans", str(plans), "--seed", str(seed)]
        words += ["--system", self.system] if self.system != DEFAULT_SYSTEM else []
        words += ["--app", self.app] if self.app != find_system(self.system).app else []
        words += ["--backend", self.backend] if self.backend != ProcessBackend.name else []
        return shlex.join(words + self.modes.options())


class Done(Frozen):
    """One finished plan: its verdict, the faults it injected and, unless VALID, why and how to reproduce it."""

    seed: int
    verdict: Outcome
    faults: tuple[str, ...]
    took_s: float
    findings: tuple[str, ...] = ()
    record: str = ""
    replay: str = ""


class SoakSummary(Frozen):
    """soak.json: the result of a soak."""

    asked: Asked
    verdict: Outcome
    verdicts: dict[Outcome, int]
    injected: dict[str, int]  # fault → how often
    plans_per_minute: float  # not counting the time between a stop and a resume
    versions: dict[str, str]
    ended_at: str
    failures: tuple[Done, ...]


async def soak(config: Config, plans: int, reports: Path, say: Callable[[str], None]) -> SoakSummary:
    """Runs one plan per seed, starting at `config.seed`, and prints a line for each; finished plans are not repeated.

    Raises ChaosError when a plan cannot be run at all; the same command then resumes with that plan.
    """
    asked = Asked(
        seed=config.seed,
        plans=plans,
        app=config.running,
        backend=config.backend,
        modes=config.modes,
        system=config.system,
    )
    folder = reports / f"soak-{asked.seed}"
    versions: dict[str, str] = {}
    with _alone(folder):
        done = _resumed(folder, asked)
        if done:
            say(f"resuming after {len(done)} of {plans} plans")
        known = {each.seed for each in done}
        async with Session.open(config, folder, lambda _: None) as session:
            for seed in [each for each in range(asked.seed, asked.seed + plans) if each not in known]:
                summary, one = await _prove(session, asked, seed)
                versions |= summary.versions
                done.append(one)
                _append(folder / STATE_FILE, one)
                say(_progress(done, plans))
        whole = _whole(asked, done, versions)
        (folder / SUMMARY_FILE).write_text(whole.model_dump_json(indent=1) + "\n", "utf-8")
    return whole


def text(summary: SoakSummary, folder: Path) -> str:
    """The summary as people read it; each failure with its record and the one command that runs it again."""
    counts = ", ".join(f"{summary.verdicts.get(outcome, 0)} {outcome}" for outcome in Outcome)
    injected = ", ".join(f"{fault} {times}" for fault, times in summary.injected.items())
    lines = [
        f"{summary.asked.plans} plans from seed {summary.asked.seed}: {counts}; "
        f"{summary.plans_per_minute:.1f} plans per minute",
        f"injected: {injected or 'nothing'}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in sorted(summary.versions.items())),
    ]
    for failure in summary.failures:
        lines += [f"seed {failure.seed} is {failure.verdict} ({', '.join(failure.faults)})"]
        lines += [f"  {finding}" for finding in failure.findings]
        lines += [f"  record: {folder / failure.record}", f"  replay: {failure.replay}"]
    return "\n".join(lines)


def plan_of(asked: Asked, seed: int) -> Plan:
    """The plan that the system draws from a seed. Raises BadInput when the system draws none."""
    system = find_system(asked.system)
    if system.draw is None:
        raise BadInput(f"the system {system.name} draws no plans", where="chaos soak", next_step="give it a `draw`")
    return system.draw(seed, BACKENDS[asked.backend].capabilities() | asked.modes.capabilities)


async def _prove(session: Session, asked: Asked, seed: int) -> tuple[ScenarioSummary, Done]:
    """Runs one plan; its record is removed if it is VALID."""
    began = time.monotonic()
    plan = plan_of(asked, seed)
    summary = await session.prove(plan, replay=asked.command(seed, 1))
    failed = summary.verdict is not Outcome.VALID
    if not failed:
        shutil.rmtree(session.folder / summary.record)
    return summary, Done(
        seed=seed,
        verdict=summary.verdict,
        faults=tuple(fault.fault for fault in summary.faults if fault.injected_at_ms is not None),
        took_s=round(time.monotonic() - began, 2),
        findings=tuple(f"{finding.checker}: {finding.text}" for finding in summary.findings) if failed else (),
        record=summary.record if failed else "",
        replay=summary.replay if failed else "",
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Creates the folder and locks it. Raises BadInput when that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise BadInput(
            f"cannot be written: {error.strerror}", where=str(folder), next_step="name a folder you may write to"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BadInput(
                "another soak is writing to it", where=str(folder), next_step="wait, or name another --report or --seed"
            ) from error
        yield


def _resumed(folder: Path, asked: Asked) -> list[Done]:
    """What an earlier, stopped soak with the same request has done; otherwise the folder is started afresh."""
    state = folder / STATE_FILE
    done: list[Done] = []
    lines = state.read_text("utf-8", "replace").splitlines() if state.is_file() else []
    with contextlib.suppress(ValidationError):  # the last line may have been cut short
        if lines and Asked.model_validate_json(lines[0]) == asked and not (folder / SUMMARY_FILE).exists():
            for line in lines[1:]:
                done.append(Done.model_validate_json(line))
    (folder / SUMMARY_FILE).unlink(missing_ok=True)
    state.write_text("".join(f"{each.model_dump_json()}\n" for each in (asked, *done)), "utf-8")
    kept = {Path(each.record).name for each in done}
    for record in (folder / "records").glob("*"):
        if record.name not in kept:
            shutil.rmtree(record)
    return done


def _append(path: Path, done: Done) -> None:
    with path.open("a", encoding="utf-8") as state:
        state.write(done.model_dump_json() + "\n")


def _progress(done: Sequence[Done], plans: int) -> str:
    """The result of the last plan, and how long the rest may take."""
    last, mean_s = done[-1], sum(each.took_s for each in done) / len(done)
    left_s = round(mean_s * (plans - len(done)))
    what = f"{len(done)}/{plans} seed {last.seed} {last.verdict} {last.took_s:.1f} s ({', '.join(last.faults)})"
    failed = sum(each.verdict is not Outcome.VALID for each in done)
    return f"{what}; {failed} not VALID; {left_s // 60} min {left_s % 60:02} s left"


def _whole(asked: Asked, done: Sequence[Done], versions: dict[str, str]) -> SoakSummary:
    return SoakSummary(
        asked=asked,
        verdict=worst(each.verdict for each in done),
        verdicts=dict(Counter(each.verdict for each in done)),
        injected=dict(sorted(Counter(fault for each in done for fault in each.faults).items())),
        plans_per_minute=round(60 * len(done) / sum(each.took_s for each in done), 1),
        versions=versions,
        ended_at=time.strftime("%Y-%m-%d %H:%M"),
        failures=tuple(each for each in done if each.verdict is not Outcome.VALID),
    )
