"""The commands: run a plan, judge a record or a history, clean up the machine. Parses, calls, prints."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from chaos.backends.process import ProcessBackend
from chaos.cleanup.doctor import examine, sweep
from chaos.cleanup.leftovers import LeftBehind, make_scratch
from chaos.evidence.record import Record
from chaos.extensions import load_faults
from chaos.fakes.alone import read_rules, run_alone
from chaos.fakes.party import find_party
from chaos.judging import judge
from chaos.linearizability.command import linearizable
from chaos.linearizability.judge import LIMITS, Limits
from chaos.linearizability.models import MODELS
from chaos.plan.plan import Plan
from chaos.plan.step import FAULTS
from chaos.planfile import load_plan, schema_text
from chaos.reporting import NotRun, RunSummary, ScenarioSummary, run_summary, summarize
from chaos.reporting.console import ConsoleReporter, print_run
from chaos.reporting.legible import legible
from chaos.search.soak import soak, text
from chaos.session import (
    BACKENDS,
    DEFAULT_SYSTEM,
    NODES,
    PROTOCOLS,
    Config,
    Session,
    modes,
    new_run_folder,
    publish,
    run_name,
)
from chaos.stack.capabilities import abilities
from chaos.system.system import find_system

DEFAULT_PARTY = "booking.parties:GATEWAY"
SystemOption = Annotated[str, typer.Option("--system", help="The system that describes the app: module:NAME, or none.")]

app = typer.Typer(
    name="chaos",
    help="Break a durable application on Restate on purpose, and prove what held.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    plan: Annotated[Path, typer.Argument(help="A plan file, YAML or JSON (docs/plan.schema.json).")],
    *,
    seed: Annotated[int | None, typer.Option(help="Instead of the plan's own seed.", min=0)] = None,
    system: SystemOption = "",
    app_: Annotated[str, typer.Option("--app", help="module:attribute, or 'cmd:… {port} …'.")] = "",
    older: Annotated[str, typer.Option("--older-app", help="An older version of it, for plans that begin so.")] = "",
    backend: Annotated[str, typer.Option(help=f"What runs the stack: {', '.join(BACKENDS)}.")] = ProcessBackend.name,
    always_replay: Annotated[bool, typer.Option("--always-replay", help="Suspend every await, and replay.")] = False,
    protocol: Annotated[str, typer.Option(help=f"How Restate calls the app: {', '.join(PROTOCOLS)}.")] = "bidi",
    nodes: Annotated[str, typer.Option(help=f"How many Restate nodes: {' or '.join(NODES)}.")] = "1",
    report: Annotated[Path, typer.Option(help="Where reports go.")] = Path("reports"),
    keep: Annotated[int, typer.Option(help="How many runs to keep there.", min=1)] = 5,
) -> None:
    """Run one plan and judge it. Exit code: 0 VALID, 1 INVALID, 3 UNKNOWN, 2 bad input."""
    chosen = load_plan(plan, system)
    if seed is not None:
        chosen = chosen.model_copy(update={"seed": seed})
    replay = ["chaos", "run", str(plan), "--seed", str(chosen.seed)]
    if system:
        replay += ["--system", system]
    if app_:
        replay += ["--app", app_]
    if older:
        replay += ["--older-app", older]
    if backend != ProcessBackend.name:
        replay += ["--backend", backend]
    config = Config(
        system=chosen.system or DEFAULT_SYSTEM,
        app=app_,
        older_app=older,
        seed=chosen.seed,
        backend=backend,
        modes=modes(always_replay, protocol, nodes),
    )
    replay += config.modes.options()
    folder = new_run_folder(report, run_name(chosen.name))
    whole = asyncio.run(_prove(config, folder, chosen, shlex.join(replay)))
    page = publish(report, folder, whole, keep)
    print_run(whole)
    typer.echo(f"chaos report: {page}")
    raise typer.Exit(whole.exit_code)


async def _prove(config: Config, folder: Path, plan: Plan, replay: str) -> RunSummary:
    """Runs the plan. What it leaves behind is in the report beside the verdict, and the run is not VALID."""
    proven: list[ScenarioSummary] = []
    left: list[NotRun] = []
    with ConsoleReporter() as progress:
        try:
            async with Session.open(config, folder, progress) as session:
                proven.append(await session.prove(plan, replay=replay))
        except LeftBehind as error:
            left.append(NotRun(name=plan.name, nodeid="", state="errored", reason=str(error)))
    return _whole(proven[0], left)


def _whole(summary: ScenarioSummary, not_run: Iterable[NotRun] = ()) -> RunSummary:
    return run_summary(
        [summary],
        not_run=not_run,
        versions=summary.versions,
        started_at_ms=summary.started_at_ms,
        ended_at_ms=summary.ended_at_ms,
        replay=summary.replay,
    )


@app.command(name="soak")
def soak_(
    *,
    plans: Annotated[int, typer.Option(help="How many plans to run.", min=1, max=100_000)] = 200,
    seed: Annotated[int, typer.Option(help="Seed of the first plan; later plans count up.", min=0, max=2**62)] = 1,
    system: SystemOption = DEFAULT_SYSTEM,
    app_: Annotated[str, typer.Option("--app", help="module:attribute, or 'cmd:… {port} …'.")] = "",
    backend: Annotated[str, typer.Option(help=f"What runs the stack: {', '.join(BACKENDS)}.")] = ProcessBackend.name,
    always_replay: Annotated[bool, typer.Option("--always-replay", help="Suspend every await, and replay.")] = False,
    protocol: Annotated[str, typer.Option(help=f"How Restate calls the app: {', '.join(PROTOCOLS)}.")] = "bidi",
    nodes: Annotated[str, typer.Option(help=f"How many Restate nodes: {' or '.join(NODES)}.")] = "1",
    report: Annotated[Path, typer.Option(help="Where reports go, in the folder soak-<seed>.")] = Path("reports"),
) -> None:
    """Run generated plans, one per seed; the same command resumes. Exit code: 0, 1 INVALID, 3 UNKNOWN, 2 bad input."""
    config = Config(system=system, app=app_, seed=seed, backend=backend, modes=modes(always_replay, protocol, nodes))
    summary = asyncio.run(soak(config, plans, report, typer.echo))
    typer.echo(legible(text(summary, report / f"soak-{seed}")))
    raise typer.Exit(summary.verdict.exit_code)


@app.command()
def check(
    record: Annotated[Path, typer.Argument(help="A record folder, such as reports/latest/records/baseline.")],
) -> None:
    """Judge a record again, without the stack. Exit code: 0 VALID, 1 INVALID, 3 UNKNOWN, 2 bad input."""
    load_faults()
    opened = Record.open(record)
    summary = summarize(opened, judge(opened))
    whole = _whole(summary)
    print_run(whole)
    raise typer.Exit(whole.exit_code)


@app.command(name="linearizable")
def linearizable_(
    files: Annotated[list[Path], typer.Argument(help="Histories, a JSON object a line (docs/linearizability.md).")],
    *,
    model: Annotated[str, typer.Option(help=f"What each key is: {', '.join(MODELS)}.")],
    steps: Annotated[int, typer.Option(help="At most for one file, else UNKNOWN.", min=1)] = LIMITS.steps,
    places: Annotated[int, typer.Option(help="To remember at most, of up to a kilobyte each.", min=1)] = LIMITS.places,
) -> None:
    """Judge histories of clients, a JSON line a file. Exit code: 0 VALID, 1 INVALID, 3 UNKNOWN (the worst), 2."""
    raise typer.Exit(linearizable(model, files, typer.echo, Limits(steps, places)))


@app.command()
def faults(
    backend: Annotated[str | None, typer.Option(help="Say what this backend can do, what it cannot, and why.")] = None,
) -> None:
    """List the faults that plans can name: their targets, how their effect is seen, and which backends can do them."""
    load_faults()
    if backend is not None:
        for line in abilities(BACKENDS[Config(backend=backend).backend].capabilities()):
            typer.echo(line)
        return
    for name, fault in sorted(FAULTS.items()):
        able = [backend for backend, kind in BACKENDS.items() if fault.needs <= kind.capabilities()]
        typer.echo(f"{name}\n  targets   {fault.targets}\n  seen by   {fault.effect}")
        needs = ", ".join(sorted(fault.needs)) or "nothing"
        typer.echo(f"  backends  {', '.join(able) or 'none on this machine'} (needs {needs})")


@app.command()
def gateway(
    rules: Annotated[Path, typer.Argument(help='A rule file, YAML or JSON: {"rules": [{"match", "action"}, …]}.')],
    *,
    party: Annotated[str, typer.Option(help="The third party to play: module:NAME.")] = DEFAULT_PARTY,
    port: Annotated[int, typer.Option(help="Where it listens, on loopback; 0: the kernel chooses.", min=0)] = 0,
) -> None:
    """Run a third party by itself, misbehaving as the rules say, until Ctrl-C; prints one line per attempt."""
    played, read = find_party(party), read_rules(rules)
    folder = make_scratch(f"gateway{uuid.uuid4().hex[:12]}")
    try:
        asyncio.run(run_alone(played, read, folder, port, lambda line: typer.echo(legible(line))))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@app.command()
def schema(system: SystemOption = DEFAULT_SYSTEM) -> None:
    """Print the JSON schema of plan files."""
    typer.echo(schema_text(find_system(system)), nl=False)


@app.command()
def doctor() -> None:
    """Say what is installed, what is missing and what earlier runs left behind. Exit code 1 when something is wrong."""
    lines = asyncio.run(examine())
    for line in lines:
        typer.echo(f"{'ok     ' if line.ok else 'PROBLEM'} {line.text}")
    raise typer.Exit(0 if all(line.ok for line in lines) else 1)


@app.command()
def clean() -> None:
    """End the processes and remove the folders of runs that are no longer alive. Runs under way are left alone."""
    ended, removed = sweep()
    typer.echo(f"ended {len(ended)} processes, removed {len(removed)} folders")
