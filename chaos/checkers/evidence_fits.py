"""evidence_fits: the harness vouches for itself: its own files agree, and nothing stands in them twice.

A case is a file of the record that was held against another, or against itself. Never INVALID: whatever does not fit
is damage to the record, or a mistake of the suite's, and no fault of the app's.

UNKNOWN: a history that is not what was decided (an operation more, fewer, another); an operation with two invocations
or two ends; a plan.json that says otherwise than record.json; steps in the fault log that were not decided; rows under
one number or one name; a journal with a gap, two outputs, or an answer before its question; attempts without their
arrival, with two answers, or counted wrongly; a final read that was not made; times in an order that no clock makes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from chaos.checkers import damage, journal_forms
from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.invocations import NO_HANDLERS
from chaos.evidence.record import SOURCES, Record
from chaos.plan.expect import Expect
from chaos.plan.workload import Load
from chaos.system.system import system_of
from chaos.verdict import CheckResult

Look = Callable[[Record], Iterable[str]]
DAMAGE = "damage"  # the detail of a finding: whether the record contradicts itself, or only lacks something


def check(record: Record) -> CheckResult:
    """Holds the files of the record against each other."""
    whole = [name for name in (*SOURCES, *record.ledgers) if record.source(name).state == "complete"]
    damaging = DOCUMENTS | {
        name: LOOKS.get(name, _of_ledger(name)) for name in whole if name in {*LOOKS, *record.ledgers}
    }
    odd: dict[str, Look] = {"final reads": _all_read, "record.json": _in_time}
    odd |= {"journal": journal_forms.in_journals} if {"invocations", "journal"} <= {*whole} else {}
    odd |= {name: _counts_of(name) for name in record.ledgers if name in whole}
    odd |= {"history": lambda one: damage.in_times(one.history)} if "history" in whole else {}
    findings = [
        unknown(f"{name}: {what}", details={DAMAGE: kind is damaging})
        for kind in (damaging, odd)
        for name, look in kind.items()
        for what in look(record)
    ]
    return conclude(
        evidence_of(record),
        "evidence_fits",
        needs=(),
        cases=len(damaging),
        summary=f"{len(damaging)} files of the record held against each other",
        findings=findings,
    )


def is_damaged(result: CheckResult) -> bool:
    """Whether it found rows or documents that contradict each other, so that no other finding can be relied on."""
    return any(finding.details.get(DAMAGE) for finding in result.findings)


def _counts_of(name: str) -> Look:
    return lambda record: damage.in_counts(record.ledger(name))


def _of_ledger(name: str) -> Look:
    return lambda record: damage.in_ledger(record.ledger(name))


def _as_decided(record: Record) -> Iterator[str]:
    """The operations that were sent are those that were decided, and all of them unless the run was cut short."""
    if record.source("history").state != "complete":
        return
    decided = {call["number"]: call for call in record.decisions.get("load", {}).get("operations", [])}
    sent = {each.number: each for each in record.operations if each.number >= 0}
    for number in sorted(sent.keys() - decided.keys()):
        yield f"operation {number} ({sent[number].target}) was sent and never decided"
    if record.meta.load_ended_at_ms is not None and not record.meta.deadline_passed:
        for number in sorted(decided.keys() - sent.keys()):
            yield f"operation {number} was decided and never sent"
    for number in sorted(sent.keys() & decided.keys()):
        call, operation = decided[number], sent[number]
        target = "/".join(part for part in (call["service"], call["key"], call["handler"]) if part)
        if target != operation.target:
            yield f"operation {number} was decided as {target}, and sent as {operation.target}"
        elif not call.get("secret_mailed_to") and call["input"] != operation.input:
            yield f"operation {number} ({target}) was sent with another input than was decided"


def _as_planned(record: Record) -> Iterator[str]:
    """The plan that is in the record is the one that record.json tells of."""
    plan, meta = record.plan, record.meta
    stack = plan.get("stack", {})
    expect = Expect.model_validate(plan.get("expect", {}))
    decided = [step.get("id") for step in record.decisions.get("steps", [])]
    for what, said, told in (
        ("name", plan.get("name"), meta.plan),
        ("seed", plan.get("seed", 1), meta.seed),
        ("story", plan.get("story", ""), meta.story),
        ("expectations", (expect.stated, expect.checks), (meta.expect.stated, meta.expect.checks)),
        ("settings", _without_nulls(stack.get("settings", {})), _without_nulls(meta.settings.model_dump())),
        ("steps", [*_expanded(plan.get("steps", []))], decided),
        ("decided plan", record.decisions.get("plan"), meta.plan),
        ("decided seed", record.decisions.get("seed"), meta.seed),
        ("decided scope", record.decisions.get("scope"), meta.scope),
    ):
        if said != told:
            yield f"its {what} and record.json's differ"


def _expanded(steps: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The names of a plan's steps with their cycles written out, as chaos.plan.schedule.expand gives them."""
    for step in steps:
        cycles = step.get("cycles", 1)
        yield from [step["id"]] if cycles == 1 else [f"{step['id']}_{number}" for number in range(1, cycles + 1)]


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _in_time(record: Record) -> Iterator[str]:
    meta = record.meta
    for middle in (meta.load_ended_at_ms, meta.healed_at_ms):
        times = (meta.started_at_ms, middle, meta.converged_at_ms, meta.ended_at_ms)
        known = [time for time in times if time is not None]
        if any(later < earlier for earlier, later in pairwise(known)):
            yield "its times are in no order: started, load ended or healed, converged, ended"


def _all_read(record: Record) -> Iterator[str]:
    """Every final read that the system asks for, and the load, was made.

    Of operations that Restate did not know when they were made, or whose end is still unknown, none is asked for.
    """
    decided = record.decisions.get("load")
    if decided is None or record.source("history").state != "complete":
        return
    load = Load.model_validate({name: value for name, value in decided.items() if name in Load.model_fields})
    told = [each for each in record.operations if each.conclusion != "info" and each.code not in NO_HANDLERS]
    wanted = [*system_of(record).final_reads(load, told), *load.reads]
    for target in dict.fromkeys(wanted):
        if target not in record.meta.views:
            yield f"{target} was not read"


def _decided_steps(record: Record) -> Iterator[str]:
    decided = {step.get("id") for step in record.decisions.get("steps", [])}
    for step in dict.fromkeys(event.step for event in record.faults):
        if step not in decided:
            yield f"step {step} was never decided"


DOCUMENTS: dict[str, Look] = {"decisions.json": _as_decided, "plan.json": _as_planned}
LOOKS: dict[str, Look] = {
    "history": lambda record: damage.in_history(record.history),
    "faults": _decided_steps,
    "invocations": lambda record: damage.twice("invocation", (each.id for each in record.invocations)),
    "journal": lambda record: damage.in_journals(record.journal()),
    "state": lambda record: damage.twice("state", ((row.service, row.object_key, row.key) for row in record.state)),
}
