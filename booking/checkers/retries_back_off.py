"""retries_back_off: while the gateway failed, orders were retried at growing intervals, and Restate showed it.

A case is an order charged in as many attempts as the plan expects. Never INVALID: intervals are the wall clock's.

UNKNOWN: no checkout was sampled as backing off; no order has that many charge attempts in the gateway's ledger; of
none of those the gaps grow by about the factor (until they reach the longest interval); ledger or samples incomplete.
"""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field

from booking.books import Books, books_of
from booking.ledgers import GatewayRow
from booking.settings import settings_of
from chaos.checkers.findings import conclude, unknown
from chaos.evidence.record import Record, SourceName
from chaos.model import Frozen
from chaos.plan.expect import Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("gateway", "samples")
ABOUT = (0.7, 1.5)  # a mean growth within these multiples of the factor is "about" it
AT_THE_CAP = 0.9  # of the longest interval: from there on gaps no longer grow


class Backoff(Frozen):
    """Retries must be seen: sampled as backing off, `attempts` of one order, gaps growing by about `factor`."""

    attempts: int = Field(ge=3)
    factor: float = Field(default=2.0, ge=1)


class Expects(Expectations):
    backoff: Backoff | None = Field(default=None, description="retries of one order, seen as backing off")


def expected(record: Record) -> bool:
    """Whether the plan asks for it."""
    return Expects.of(record.meta.expect).backoff is not None


def check(record: Record) -> CheckResult:
    """Looks for one order at least that was seen backing off as configured."""
    evidence, expect = books_of(record), Expects.of(record.meta.expect).backoff
    sampled = [sample for sample in record.samples if sample.service == "Checkout" and sample.status == "backing-off"]
    attempts = expect.attempts if expect else 2
    often = {order: paid.attempts for order, paid in evidence.payments.items() if len(paid.attempts) >= attempts}
    growths = {order: _growth(evidence, rows) for order, rows in often.items()}
    findings: list[Finding] = []
    if not sampled:
        findings.append(unknown("no checkout was seen backing off"))
    if not often:
        findings.append(unknown(f"no order was charged in {attempts} attempts"))
    elif expect and not any(_is_about(growth, expect.factor) for growth in growths.values()):
        seen = max((growth for growth in growths.values() if growth is not None), default=None)
        best = f"; they grew by {seen:.2f} at most" if seen else ""
        findings.append(unknown(f"no order's gaps between attempts grew by about {expect.factor:g}{best}"))
    return conclude(
        evidence,
        "retries_back_off",
        needs=NEEDS,
        cases=len(often),
        summary=f"{len(sampled)} looks at checkouts backing off, {len(often)} orders charged {attempts} times or more",
        findings=findings,
        details={"growth": {str(order): growth and round(growth, 2) for order, growth in growths.items()}},
    )


def _growth(evidence: Books, attempts: list[GatewayRow]) -> float | None:
    """Mean growth from one gap to the next, over the gaps that are still free to grow; null: fewer than two."""
    gaps = [later.at_ms - earlier.at_ms for earlier, later in pairwise(attempts)]
    cap = AT_THE_CAP * settings_of(evidence.record).retry_max_ms
    free = next((number + 1 for number, gap in enumerate(gaps) if gap >= cap), len(gaps))
    gaps = gaps[:free]
    if len(gaps) < 2 or min(gaps) <= 0:
        return None
    return float((gaps[-1] / gaps[0]) ** (1 / (len(gaps) - 1)))


def _is_about(growth: float | None, factor: float) -> bool:
    return growth is not None and ABOUT[0] * factor <= growth <= ABOUT[1] * factor
