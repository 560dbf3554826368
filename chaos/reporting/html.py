"""index.html: the report as one file that needs no network; everything that came from a run is escaped."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import JsonValue

from chaos.reporting.chart import draw, span
from chaos.reporting.summary import FindingSummary, RunSummary, ScenarioSummary
from chaos.verdict import Outcome

VALUE = 300  # characters shown of one
FOLDER = Path(__file__).parent
WORST_FIRST = [Outcome.INVALID, Outcome.UNKNOWN, Outcome.VALID]
SYMBOLS = {"VALID": "✓", "INVALID": "✕", "UNKNOWN": "?", "skipped": "–", "errored": "!"}


def render(run: RunSummary) -> str:
    """The whole page. Pure but for reading its own template."""
    scenarios = sorted(run.scenarios, key=lambda one: WORST_FIRST.index(one.verdict))
    return _environment().get_template("report.html").render(run=run, scenarios=scenarios, headline=headline(run))


def headline(run: RunSummary) -> str:
    """What the run showed, in a sentence, and what it left to be done."""
    owed = sum(one.owed_total for one in run.scenarios)
    return _shown(run) + (f" Compensations that failed and need a person: {owed}." if owed else "")


def _shown(run: RunSummary) -> str:
    total = len(run.scenarios) + sum(one.state == "errored" for one in run.not_run)
    broken = sum(one.verdict is Outcome.INVALID for one in run.scenarios)
    proven = sum(one.verdict is Outcome.VALID for one in run.scenarios)
    if broken:
        return f"A guarantee broke in {broken} of {total} scenario{'s' * (total != 1)}."
    if run.verdict is Outcome.VALID:
        return f"Every guarantee held in {'the one scenario' if total == 1 else f'all {total} scenarios'}."
    if total == 0:
        return "Nothing was run, so nothing is proven."
    return f"Nothing was seen to break, but {total - proven} of {total} scenario{'s' * (total != 1)} proved nothing."


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css, script = (FOLDER / "report.css").read_text("utf-8"), (FOLDER / "report.js").read_text("utf-8")
    environment.globals |= {
        "css": Markup(css),  # noqa: S704 - our own files, the only text that is not escaped
        "script": Markup(script),  # noqa: S704
        "policy": f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'",
        "symbols": SYMBOLS,
        "draw": draw,
    }
    environment.filters |= {
        "span": lambda ms: "–" if ms is None else span(ms),
        "percent": lambda share: "–" if share is None else f"{share:.0%}",
        "clock": lambda ms: datetime.fromtimestamp(ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        "offset": lambda ms, start: "–" if ms is None else f"{(ms - start) / 1_000:+.3f}",
        "value": _value,
        "figures": _figures,
        "tables": _tables,
        "start": _start,
        "by_checker": _by_checker,
        "counts": lambda counts: ", ".join(f"{name} {count}" for name, count in counts.items()),
    }
    return environment


def _value(value: JsonValue) -> str:
    """A JSON value for people: lists without brackets, nothing as a dash, cut where nobody reads on."""
    if isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        text = ", ".join(_value(one) for one in value)
    else:
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    return text[:VALUE] + "…" if len(text) > VALUE else text or "–"


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _start(scenario: ScenarioSummary) -> int:
    """Where the scenario's relative times count from."""
    return scenario.timeline.from_ms if scenario.timeline else scenario.started_at_ms


def _by_checker(findings: Iterable[FindingSummary]) -> list[tuple[str, list[FindingSummary]]]:
    """Findings in their order, those of one outcome and one checker together."""
    groups = groupby(findings, key=lambda finding: (finding.outcome, finding.checker))
    return [(checker, list(together)) for (_, checker), together in groups]


def _figures(details: dict[str, JsonValue]) -> list[tuple[str, JsonValue]]:
    """The plain values of a check's details, also those one level down."""
    found: list[tuple[str, JsonValue]] = []
    for name, value in details.items():
        if isinstance(value, dict):
            found += [(key, one) for key, one in value.items() if not isinstance(one, dict | list)]
        elif not isinstance(value, list):
            found.append((name, value))
    return found


def _tables(details: dict[str, JsonValue]) -> Iterable[tuple[str, list[str], list[dict[str, Any]]]]:
    """The lists of mappings among a check's details: title, columns, rows."""
    for name, value in details.items():
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        if rows:
            yield name, list(dict.fromkeys(column for row in rows for column in row)), rows
