"""index.html: one offline file in which nothing that came from a run is ever more than text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from booking.report import NO_LEDGER
from chaos.reporting import NotRun, RunSummary
from chaos.reporting.html import headline, render
from chaos.verdict import Outcome
from tests.reporting.fake_runs import Simulation, sellout, small_simulations, summed_up, whole_run

PLANTED = """<script>alert(1)</script><img src=x onerror=alert(2)>"'`{{ 7*7 }}</style><!-- ]]> javascript:alert(3)"""
VOID = {"meta", "br", "img", "link", "input", "hr"}
LONE = {"rect", "path"}  # svg elements that close themselves


class Page(HTMLParser):
    """What a browser would make of the page: elements, attributes, text; and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.inside: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.inside.setdefault(self.open[-1] if self.open else "", []).append(data)
        self.text.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


@pytest.fixture
def run(tmp_path: Path) -> RunSummary:
    scenarios = [summed_up(simulation, tmp_path) for simulation in small_simulations()]
    skipped = NotRun(name="partition", nodeid="p", state="skipped", reason="needs the docker backend")
    broken = NotRun(name="no_app", nodeid="n", state="errored", reason="endpoint-0 did not start")
    return whole_run(scenarios, not_run=[skipped, broken])


def test_what_matters_is_there(run: RunSummary) -> None:
    page = Page(render(run))
    assert page.open == []
    text = " ".join(" ".join(page.text).split())
    for scenario in run.scenarios:
        assert scenario.name in text
        assert scenario.story in text
        assert scenario.replay in text
        for finding in scenario.findings:
            assert finding.text in text
        for story in scenario.stories:
            assert story.case in text
        for check in scenario.checks:
            assert check.summary in text
    for one in run.not_run:
        assert one.reason in text
    assert "A guarantee broke in 1 of 6 scenarios." in text
    assert "CAPTURE ch_1 49.50 EUR" in text
    assert "4711@812734 running" in text
    assert len([tag for tag, _ in page.elements if tag == "svg"]) == len(run.scenarios)


def test_ids_are_unique_and_every_link_leads_to_one(run: RunSummary) -> None:
    page = Page(render(run))
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    links = page.attributes("href")
    assert links
    assert all(link.startswith("#") and link[1:] in ids for link in links)


def test_nothing_is_loaded_from_anywhere(run: RunSummary) -> None:
    text = render(run)
    page = Page(text)
    assert page.attributes("src") == []
    assert not {tag for tag, _ in page.elements} & {"link", "img", "iframe", "object", "embed", "form", "base"}
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


def test_only_its_own_script_and_style_may_run(run: RunSummary) -> None:
    page = Page(render(run))
    (policy,) = [attrs["content"] or "" for tag, attrs in page.elements if "http-equiv" in attrs]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for element in ("style", "script"):
        (content,) = page.inside[element]
        assert f"{element}-src 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert page.attributes("style") == [], "the policy would drop it"
    assert [name for _, attrs in page.elements for name in attrs if name.startswith("on")] == []


def strings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every string in a JSON document."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from strings(one, (*path, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from strings(one, (*path, number))
    elif isinstance(value, str):
        yield path


def test_a_script_in_any_string_is_shown_and_never_run(tmp_path: Path) -> None:
    simulation = next(one for one in small_simulations() if one.charged_twice)
    scenario = summed_up(simulation, tmp_path)
    scenario = scenario.model_copy(update={"stories": scenario.stories[:1], "pending": ("x",), "deadline_passed": True})
    hurt = scenario.faults[0].model_copy(update={"trouble": "x"})
    details = {"named": "x", "nested": {"deep": {"deeper": ["x"]}}}
    finding = scenario.findings[0].model_copy(update={"details": details, "subject": "x", "fault_id": "x"})
    scenario = scenario.model_copy(update={"faults": (hurt,), "findings": (finding,)})
    run = whole_run([scenario], not_run=[NotRun(name="x", nodeid="x", state="errored", reason="x")])
    document = run.model_dump(mode="json")
    count = 0
    for path in list(strings(document)):
        *parents, last = path
        place = document
        for step in parents:
            place = place[step]
        before, place[last] = place[last], PLANTED
        try:
            RunSummary.model_validate(document)
            count += 1
        except ValidationError:
            place[last] = before  # one of a fixed set of words: nothing can be planted there
    for scenario_document in document["scenarios"]:
        scenario_document["checks"][0]["details"][PLANTED] = [{PLANTED: PLANTED}]
        scenario_document["checks"][0]["rows"][PLANTED] = 1
        scenario_document["findings"][0]["details"][PLANTED] = {PLANTED: PLANTED}
        scenario_document["cases"]["failed"][PLANTED] = 1
    document["versions"][PLANTED] = PLANTED
    page = Page(render(RunSummary.model_validate(document)))
    assert count > 200
    assert page.open == []
    assert [tag for tag, _ in page.elements].count("script") == 1
    assert not {tag for tag, _ in page.elements} & {"img"}
    assert [name for _, attrs in page.elements for name in attrs if name.startswith("on")] == []
    assert all(link.startswith("#") for link in page.attributes("href"))
    assert "".join(page.text).count(PLANTED) > 100


def test_unknown_differs_from_valid_by_more_than_colour(run: RunSummary) -> None:
    text = render(run)
    assert "verdict unknown" in text
    page = Page(text)
    marks = {attrs["class"]: None for tag, attrs in page.elements if "verdict" in (attrs.get("class") or "")}
    assert {"verdict valid", "verdict invalid", "verdict unknown"} <= marks.keys()
    for symbol, outcome in (("✓", "VALID"), ("✕", "INVALID"), ("?", "UNKNOWN")):
        assert re.search(rf"<b aria-hidden=\"true\">{re.escape(symbol)}</b> {outcome}", text)


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        (["VALID"], "Every guarantee held in the one scenario."),
        (["VALID", "VALID"], "Every guarantee held in all 2 scenarios."),
        (["VALID", "UNKNOWN"], "Nothing was seen to break, but 1 of 2 scenarios proved nothing."),
        (["INVALID"], "A guarantee broke in 1 of 1 scenario."),
        ([], "Nothing was run, so nothing is proven."),
    ],
)
def test_the_headline_says_what_was_shown(tmp_path: Path, verdicts: list[str], sentence: str) -> None:
    scenario = summed_up(Simulation("one"), tmp_path)
    run = whole_run([scenario.model_copy(update={"verdict": Outcome(verdict)}) for verdict in verdicts])
    assert headline(run) == sentence
    assert sentence in render(run)


def test_missing_evidence_is_named(tmp_path: Path) -> None:
    scenario = summed_up(Simulation("thin"), tmp_path).model_copy(
        update={"operations": None, "cases": None, "figure": NO_LEDGER, "timeline": None, "stories": ()}
    )
    text = render(whole_run([scenario]))
    assert "the history is missing" in text
    assert "the gateway&#39;s ledger is missing" in text or "the gateway's ledger is missing" in text
    assert "<svg" not in text


def test_ten_big_scenarios_stay_below_two_megabytes(tmp_path: Path) -> None:
    scenarios = [summed_up(sellout(f"big_{number}"), tmp_path) for number in range(2)]
    run = whole_run(scenarios * 5)
    assert len(render(run).encode()) < 2_000_000
