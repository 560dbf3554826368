"""cluster_reacts: Restate nodes noticed that others were lost and took over; without a majority nothing moved.

A case is a change in what one node said about another. Never INVALID: other checkers judge what that did to the app.

UNKNOWN: nodes said that fewer others were dead, or fewer partitions changed leader, than the plan expects; while all
steps of `stalled` were on, an operation both began and was answered ok, or none began; nodes, history or fault log
incomplete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from pydantic import Field, JsonValue

from chaos.checkers.evidence import Evidence, evidence_of
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.windows import fault_stories
from chaos.evidence.record import NodeSample, Record, SourceName
from chaos.model import Frozen
from chaos.plan.expect import Expectations
from chaos.plan.moments import Name
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("nodes", "history", "faults")


class Reaction(Frozen):
    """How Restate's nodes must be seen to react to the loss of others; anything less is UNKNOWN."""

    nodes_lost: int = Field(default=0, ge=0)  # how often another node said that a node was dead
    leaders_moved: int = Field(default=0, ge=0)  # partitions whose leader changed
    stalled: tuple[Name, ...] = ()  # while these steps were all on, operations began and none was answered ok


class Expects(Expectations):
    needs: ClassVar[Mapping[str, str]] = {"cluster": "cluster"}

    cluster: Reaction | None = Field(default=None, description="how the nodes reacted to the loss of others")


def expected(record: Record) -> bool:
    """Whether there is a cluster."""
    return Expects.of(record.meta.expect).cluster is not None or record.meta.modes.nodes > 1


def check(record: Record) -> CheckResult:
    """Follows what the nodes said about each other."""
    evidence, expect = evidence_of(record), Expects.of(record.meta.expect).cluster
    lost, moved = nodes_lost(record.nodes), leaders_moved(record.nodes)
    findings: list[Finding] = []
    began = answered = 0
    if expect:
        findings += _fewer("nodes that others said were dead", sum(lost.values()), expect.nodes_lost)
        findings += _fewer("partitions that another node came to lead", moved, expect.leaders_moved)
        if expect.stalled:
            began, answered = _while_stalled(evidence, expect.stalled)
            findings += _fewer("operations that began without a majority", began, 1)
        if answered:
            findings.append(unknown(f"{answered} of {began} operations that began without a majority were answered ok"))
    return conclude(
        evidence,
        "cluster_reacts",
        needs=NEEDS,
        cases=len(record.nodes),
        summary=f"{sum(lost.values())} times a node was said to be dead, {moved} partitions led by another"
        + (f", {answered} of {began} operations ok without a majority" if expect and expect.stalled else ""),
        findings=findings,
        details={
            "lost": dict(lost),
            "leaders_moved": moved,
            "stalled_began": began,
            "stalled_ok": answered,
            "nodes": [*_rows(record)],
        },
    )


def _rows(record: Record) -> Iterator[dict[str, JsonValue]]:
    """What nodes said that was new since the run began, for people."""
    for sample in record.nodes:
        if sample.at_ms > record.nodes[0].at_ms:
            yield {
                "after_ms": sample.at_ms - record.meta.started_at_ms,
                "by": sample.by,
                "node": sample.node,
                "state": sample.state,
                "started": sample.generation,
                "leads": ", ".join(map(str, sample.leads)),
            }


def _fewer(what: str, seen: int, wanted: int) -> Iterator[Finding]:
    if seen < wanted:
        yield unknown(f"{seen} {what}, the plan expects at least {wanted}")


def nodes_lost(samples: Iterable[NodeSample]) -> Counter[str]:
    """How often each node was newly said to be dead: the count of whichever other node said so most often."""
    before: dict[tuple[str, str], str] = {}
    said: Counter[tuple[str, str]] = Counter()
    for sample in samples:
        if sample.by != sample.node:
            was = before.get((sample.node, sample.by))
            said[sample.node, sample.by] += sample.state == "dead" and was not in (None, "dead")
            before[sample.node, sample.by] = sample.state
    lost: Counter[str] = Counter()
    for (node, _), times in said.items():
        lost[node] = max(lost[node], times)
    return +lost


def leaders_moved(samples: Iterable[NodeSample]) -> int:
    """How many partitions were led by one node and then by another, according to the new leader."""
    leaders: dict[int, set[str]] = {}
    for sample in samples:
        if sample.by == sample.node:
            for partition in sample.leads:
                leaders.setdefault(partition, set()).add(sample.node)
    return sum(len(nodes) > 1 for nodes in leaders.values())


def _while_stalled(evidence: Evidence, steps: Iterable[str]) -> tuple[int, int]:
    """Operations that began while all those steps were on, and those of them answered ok before any healed."""
    stories = [story for story in fault_stories(evidence.record) if story.step in steps]
    since = max((story.injected_at_ms or 0 for story in stories), default=0)
    until = min((story.healing_at_ms or 0 for story in stories), default=0)
    began = [each for each in evidence.load if since and since < each.invoked_at_ms < until]
    return len(began), sum(each.first == "ok" and (each.ended_at_ms or until) < until for each in began)
