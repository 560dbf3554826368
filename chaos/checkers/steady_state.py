"""steady_state: normal before the first fault, no worse than stated during faults, and normal again in time.

A case is an operation. Never INVALID: times alone prove nothing against the services, so a missed bound is UNKNOWN.

UNKNOWN, saying by how much: too few operations before the first fault, or not as good or as fast as stated; fewer good
answers, a longer p95 or a shorter stall than stated during faults; no good answer, no steady window or no drained
backlog within the time allowed after the last heal, or too few operations due after it to tell; nothing injected, or
not everything healed; history, fault log or invocations incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field, JsonValue

from chaos.checkers.evidence import evidence_of
from chaos.checkers.findings import conclude, unknown
from chaos.checkers.steadiness import Phase, Steadiness, Steady, steadiness
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "faults", "invocations")


class Expects(Expectations):
    needs_faults: ClassVar[frozenset[str]] = frozenset({"steady"})

    steady: Steady | None = Field(
        default=None, description="what is normal before the faults, and how soon it must be restored"
    )


def expected(record: Record) -> bool:
    """Whether the plan states what steady means."""
    return Expects.of(record.meta.expect).steady is not None


def check(record: Record) -> CheckResult:
    """Compares before, during and after with what the plan states."""
    evidence, stated = evidence_of(record), Expects.of(record.meta.expect).steady
    seen = steadiness(evidence, stated) if stated else None
    findings: list[Finding] = []
    if stated is None:
        findings = [unknown("the plan does not state what steady means (expect.steady)")]
    elif seen is None:
        findings = [unknown("nothing was injected, or not everything was healed: there is nothing to recover from")]
    elif evidence.has(*NEEDS):
        findings = [*_before(seen.before, stated), *_during(seen.during, stated), *_after(seen, stated)]
    return conclude(
        evidence,
        "steady_state",
        needs=NEEDS,
        cases=len(evidence.load),
        summary=_summary(seen),
        findings=findings,
        details=_figures(seen) if seen else {},
    )


def _before(before: Phase, stated: Steady) -> Iterator[Finding]:
    if before.operations < stated.enough:
        yield unknown(
            f"{before.operations} operations ended before the first fault; "
            f"it takes {stated.enough} to say what is normal"
        )
        return
    yield from _bounded("before the first fault", before, stated.good, stated.p95_ms)


def _during(during: Phase, stated: Steady) -> Iterator[Finding]:
    if not during.operations:
        yield unknown("no operation met a fault, so how bad it became was not seen")
        return
    yield from _bounded("while something was broken", during, stated.worst_good, stated.worst_p95_ms)
    longest_ms = during.longest_ms or 0
    if longest_ms < stated.stalls_ms:
        yield unknown(f"while something was broken no answer took {stated.stalls_ms:g} ms; the longest {longest_ms} ms")


def _bounded(when: str, phase: Phase, good: float, p95_ms: float | None) -> Iterator[Finding]:
    if phase.good is not None and phase.good < good:
        yield unknown(f"{when} {phase.good:.1%} of the answers were good, the plan states at least {good:.1%}")
    if p95_ms is not None and phase.p95_ms is not None and phase.p95_ms > p95_ms:
        over = phase.p95_ms - p95_ms
        yield unknown(f"{when} p95 was {phase.p95_ms:.0f} ms, {over:.0f} ms more than the {p95_ms:.0f} ms stated")


def _after(seen: Steadiness, stated: Steady) -> Iterator[Finding]:
    if seen.after.operations < stated.window:
        yield unknown(
            f"{seen.after.operations} operations were due after the last heal; "
            f"it takes {stated.window} to say whether it is steady again"
        )
        return
    allowed = f"recovers_within_s {stated.recovers_within_s:g}"
    steady_is = f"{stated.window} operations due one after another with {stated.good:.0%} good answers"
    if seen.before.p95_ms is not None:
        steady_is += f" and p95 within {stated.p95_factor:g} × {seen.before.p95_ms:.0f} ms"
    for name, took_ms in (
        ("the first good answer", seen.first_good_ms),
        (f"p95 as it was ({steady_is})", seen.p95_back_ms),
        (f"the backlog drained (at most {seen.open_before} open invocations, as before)", seen.drained_ms),
    ):
        if took_ms is None:
            yield unknown(f"{name} never came after the last heal; {allowed}")
        elif took_ms > seen.allowed_ms:
            over = took_ms - seen.allowed_ms
            yield unknown(f"{name} came {took_ms} ms after the last heal, {over} ms later than {allowed} allows")


def _summary(seen: Steadiness | None) -> str:
    if seen is None:
        return "nothing to recover from"
    if seen.recovered_ms is None:
        return "not steady again after the last heal"
    return f"steady again {seen.recovered_ms} ms after the last heal, {seen.allowed_ms} ms allowed"


def _figures(seen: Steadiness) -> dict[str, JsonValue]:
    phases = (("before", seen.before), ("during", seen.during), ("after", seen.after))
    rows: list[JsonValue] = [{"phase": name, **phase.model_dump()} for name, phase in phases]
    times = seen.model_dump(include={"first_good_ms", "p95_back_ms", "drained_ms", "recovered_ms", "allowed_ms"})
    return {**times, "phases": rows}
