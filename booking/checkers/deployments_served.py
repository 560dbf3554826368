"""deployments_served: each version of the app that the plan runs has served, and orders lived through the change.

A case is an order confirmed by a `Checkout.run` whose deployment is known. Never INVALID: whether an upgrade did harm
is for the others to say.

UNKNOWN: fewer deployments confirmed orders than the plan expects; fewer confirmed orders than it expects began on one
and had their seat sold by another; invocations incomplete.
"""

from __future__ import annotations

from collections import Counter

from pydantic import Field

from booking.books import Books, books_of
from chaos.checkers.findings import conclude, unknown
from chaos.evidence.journal import Invocation
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult

NEEDS: tuple[SourceName, ...] = ("invocations",)


class Expects(Expectations):
    deployments: int = Field(default=0, ge=0, description="versions of the app that each confirmed orders")
    carried_over: int = Field(
        default=0, ge=0, description="confirmed orders that began on one version and had their seat sold by another"
    )


def expected(record: Record) -> bool:
    """Whether the plan runs more than one version."""
    expect = Expects.of(record.meta.expect)
    return bool(expect.deployments or expect.carried_over)


def check(record: Record) -> CheckResult:
    """Counts the orders of each deployment, and those that two of them served."""
    evidence, expect = books_of(record), Expects.of(record.meta.expect)
    runs = [each for each in record.invocations if _confirmed(each)]
    served = Counter(str(each.deployment_id) for each in runs)
    carried = sorted(str(run.key) for run in _carried_over(evidence, runs))
    findings = []
    if len(served) < expect.deployments:
        findings.append(unknown(f"{len(served)} deployments confirmed orders, the plan expects {expect.deployments}"))
    if len(carried) < expect.carried_over:
        findings.append(
            unknown(
                f"{len(carried)} confirmed orders began on one deployment and had their seat sold by another, the plan "
                f"expects at least {expect.carried_over}"
            )
        )
    return conclude(
        evidence,
        "deployments_served",
        needs=NEEDS,
        cases=len(runs),
        summary=f"{' and '.join(str(count) for count in served.values()) or 'no'} orders confirmed by {len(served)} "
        f"deployments, {len(carried)} of them carried over",
        findings=findings,
        details={"orders": dict(served), "carried_over": [*carried]},
    )


def _confirmed(invocation: Invocation) -> bool:
    is_run = (invocation.service, invocation.handler) == ("Checkout", "run")
    return is_run and invocation.result == "success" and invocation.deployment_id is not None


def _carried_over(evidence: Books, runs: list[Invocation]) -> list[Invocation]:
    """Orders whose seat another deployment sold than the one they ran on: Restate pins each invocation to its first."""
    by_id = {run.id: run for run in runs}
    sales = [
        each
        for each in evidence.invocations.values()
        if (each.service, each.handler, each.result) == ("Ticket", "confirm", "success") and each.deployment_id
    ]
    carried = {
        sale.invoked_by_id
        for sale in sales
        if sale.invoked_by_id in by_id and by_id[sale.invoked_by_id].deployment_id != sale.deployment_id
    }
    return [run for run in runs if run.id in carried]
