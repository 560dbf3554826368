"""needs_a_person: a compensation that fails is not hushed up, and does not keep the next one from being tried.

A case is an order one of whose compensations failed (its run was given up in the journal, or its status says so), or
whose mail was refused for good or ended by the plan's operator; how that was told is notifications_once's to judge.

INVALID: given up in the journal, and the order's status does not list it as failed; after a void or refund that was
given up, no release was tried; a void or refund given up though the gateway never had the last word (a 4xx with a
`code`) and fewer than half of the attempts allowed arrived, where nothing but the fakes' rules broke anything.
UNKNOWN: every case that the plan does not expect, since money or a seat may be owed; fewer or more than it expects;
history, invocations or journal incomplete; a status that could not be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from booking.books import Books, books_of
from booking.mails import mails_of, refused_for_good
from booking.model.ledgers import notification_key
from booking.orders import Order, at
from booking.payments import REFUNDS, VOIDS, is_last_word
from booking.settings import settings_of
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.checkers.windows import fault_stories
from chaos.evidence.record import Record, SourceName
from chaos.plan.expect import Bounds, Expectations
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal")


class Expects(Expectations):
    needs_a_person: Bounds | None = Field(
        default=None, description="orders with a compensation that failed, and whose status says so"
    )


def expected(record: Record) -> bool:
    """Whether the plan asks for it, or there is a case."""
    return Expects.of(record.meta.expect).needs_a_person is not None or bool(_cases(books_of(record)))


def check(record: Record) -> CheckResult:
    """Looks at every order that failed while it was being undone."""
    evidence, bounds = books_of(record), Expects.of(record.meta.expect).needs_a_person
    cases = _cases(evidence)
    findings = [finding for order in cases for finding in _judge(evidence, order)]
    if bounds and not bounds.hold(len(cases)):
        findings.append(unknown(f"{len(cases)} orders need a person, the plan expects {bounds}"))
    return conclude(
        evidence,
        "needs_a_person",
        needs=NEEDS,
        cases=len(cases),
        summary=f"{len(cases)} orders need a person",
        findings=findings,
        details={
            "orders": [{"order_id": order.order_id, "failed": [*sorted(_failed(evidence, order))]} for order in cases]
        },
    )


def _cases(evidence: Books) -> list[Order]:
    return [order for order in evidence.orders.values() if _failed(evidence, order)]


def _failed(evidence: Books, order: Order) -> set[str]:
    """What of the order needs a person: compensations by name, or its mail."""
    rows = mails_of(evidence.record).get(notification_key(order.order_id), [])
    unmailed = order.order_id in evidence.unmailed_by_operator and not any(row.effect == "message" for row in rows)
    refused = order.ending == "confirmed" and (unmailed or refused_for_good(rows))
    return evidence.failed_to_undo(order) | ({"mail"} if refused else set())


def _judge(evidence: Books, order: Order) -> Iterator[Finding]:
    if not evidence.failed_to_undo(order):
        return
    said = evidence.said_failed(order)
    hushed_up = evidence.given_up_runs(order) - (said or {}).keys()
    if said is None:
        yield unknown("its status could not be read", **at(order))
    elif hushed_up:
        yield invalid(f"{min(hushed_up)} was given up, and the order's status does not say so", **at(order))
    elif Expects.of(evidence.record.meta.expect).needs_a_person is None:
        yield unknown(f"needs a person: {', '.join(sorted(said))} failed", **at(order))
    if evidence.given_up_runs(order) and order.ending == "failed" and not _goes_on(order):
        yield invalid("after a compensation that was given up, the release was not tried", **at(order))
    for name, path in (("void", VOIDS), ("refund", REFUNDS)):
        if name in evidence.given_up_runs(order) and evidence.has(*NEEDS, "gateway"):
            yield from _given_up_for_nothing(evidence, order, name, path)


def _given_up_for_nothing(evidence: Books, order: Order, name: str, path: str) -> Iterator[Finding]:
    """What is not answered for good is asked again, as often as the settings say."""
    if not all(story.rule_ids for story in fault_stories(evidence.record)):
        return  # attempts may have been lost on the way
    rows = [row for row in evidence.paid(order.order_id).rows if row.path == path]
    attempts = [row for row in rows if row.kind == "arrival"]
    allowed = settings_of(evidence.record).compensation_attempts
    if 0 < 2 * len(attempts) < allowed and not any(is_last_word(row) for row in rows):
        numbers = tuple(row.row for row in rows)
        why = f"{name} was given up after {len(attempts)} of {allowed} attempts, though no answer was the last word"
        yield invalid(why, ledger_rows=numbers, **at(order))


def _goes_on(order: Order) -> bool:
    """Whether the seat was released after the payment could not be settled, at the first try or a later one."""
    first = min(run.index for run in order.commands("Run", "void") + order.commands("Run", "refund"))
    return any(release.index > first for release in order.commands("Call", "release"))
