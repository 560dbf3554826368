"""junit.xml: one test case a scenario, for the CI systems that read it. INVALID is a failure, UNKNOWN an error."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from chaos.reporting.legible import legible
from chaos.reporting.summary import NotRun, RunSummary, ScenarioSummary
from chaos.verdict import Outcome

KINDS = {Outcome.INVALID: "failure", Outcome.UNKNOWN: "error"}


def render(run: RunSummary) -> bytes:
    """The XML document, UTF-8."""
    cases = [_case(scenario) for scenario in run.scenarios] + [_not_run(one) for one in run.not_run]
    totals = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": _seconds(run.ended_at_ms - run.started_at_ms),
    }
    root = Element("testsuites", {"name": "chaos", **totals})
    SubElement(root, "testsuite", {"name": "chaos", **totals}).extend(cases)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _case(scenario: ScenarioSummary) -> Element:
    case = _named(scenario.name, scenario.nodeid, scenario.ended_at_ms - scenario.started_at_ms)
    properties = SubElement(case, "properties")
    for name, value in (
        ("verdict", scenario.verdict),
        ("seed", scenario.seed),
        ("backend", scenario.backend),
        ("app", scenario.app),
        ("record", scenario.record),
        ("replay", scenario.replay),
    ):
        SubElement(properties, "property", {"name": name, "value": legible(str(value))})
    for each in scenario.owed:
        SubElement(properties, "property", {"name": "needs_a_person", "value": legible(each.text)})
    if scenario.verdict in KINDS:
        lines = [f"{finding.outcome} {finding.checker}: {finding.text}" for finding in scenario.findings]
        lines += [f"still open at the end: {what}" for what in scenario.pending]
        lines += [f"{check.outcome} {check.checker}: {check.summary}" for check in scenario.checks]
        message = scenario.findings[0].text if scenario.findings else scenario.verdict
        outcome = SubElement(
            case, KINDS[scenario.verdict], {"type": scenario.verdict.value, "message": legible(message)}
        )
        outcome.text = legible("\n".join([*lines, f"replay: {scenario.replay}"]))
    return case


def _not_run(one: NotRun) -> Element:
    case = _named(one.name, one.nodeid, 0)
    if one.state == "skipped":
        SubElement(case, "skipped", {"message": legible(one.reason)})
    else:
        SubElement(case, "error", {"type": "errored", "message": legible(one.reason)})
    return case


def _named(name: str, nodeid: str, took_ms: int) -> Element:
    file = nodeid.partition("::")[0]
    return Element(
        "testcase",
        {
            "name": legible(name),
            "classname": legible(file.removesuffix(".py").replace("/", ".")),
            "time": _seconds(took_ms),
        },
    )


def _seconds(ms: int) -> str:
    return f"{ms / 1_000:.3f}"
