"""exactly_once_charge: what clients were told, Restate journaled and the gateway captured agree on every order.

A case is an order whose end is known. Each order is put into one class over history × journal × ledger:

- once: confirmed, with one capture that stands, of the event's price, under the charge id it was told.
- free: confirmed, of an event that costs nothing, and nothing captured.
- none: not confirmed, and nothing stands captured (a capture that was refunded is no harm then).
- duplicate: captured more than once. INVALID also when refunded, and however little of the ledger is there.
- lost: confirmed, but no capture stands. INVALID.
- orphan: a capture stands for an order that failed, or that nobody asked to check out. INVALID once all is at rest.
- owed: a capture stands because its refund was given up: it needs a person. UNKNOWN, unless the plan expects it and the
  order's status says so.
- unknown: open, or not enough evidence.

INVALID too: an amount, currency or charge id in an answer or in the ledger that is not the order's; anything asked of
the gateway for an order of a free event.
UNKNOWN: history, journal, invocations or ledger incomplete; an order still open, or whose end nobody knows; a charge
still pending; a capture of an order that Restate said it did not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from booking.books import Books, books_of, named
from booking.ledgers import GatewayRow
from booking.orders import Order, at
from booking.payments import Payments
from chaos.checkers.findings import conclude, invalid, unknown
from chaos.evidence.record import Record, SourceName
from chaos.verdict import CheckResult, Finding

NEEDS: tuple[SourceName, ...] = ("history", "invocations", "journal", "gateway")
Kind = Literal["once", "free", "none", "duplicate", "lost", "orphan", "owed", "unknown"]


@dataclass
class Account:
    """One order's reconciliation."""

    order: Order
    paid: Payments
    kind: Kind = "unknown"
    findings: list[Finding] = field(default_factory=list)

    def invalid(self, message: str, rows: Sequence[GatewayRow]) -> None:
        self.findings.append(invalid(message, ledger_rows=_numbers(rows), **at(self.order)))

    def unknown(self, message: str, rows: Sequence[GatewayRow]) -> None:
        self.findings.append(unknown(message, ledger_rows=_numbers(rows), **at(self.order)))

    def row(self) -> dict[str, JsonValue]:
        """The order's row in the table."""
        order, paid = self.order, self.paid
        return {
            "order_id": order.order_id,
            "class": self.kind,
            "history": [f"{each.conclusion} {each.code or ''}".strip() for each in order.operations],
            "journal": _in_restate(order),
            "attempts": len(paid.attempts),
            "captures": [row.row for row in paid.captures],
            "refunds": [row.row for row in paid.refunds],
            "invocation_id": order.invocation.id if order.invocation else None,
        }


def check(record: Record) -> CheckResult:
    """Reconciles every order known to any of the three."""
    evidence = books_of(record)
    captured = {order_id for order_id, paid in evidence.payments.items() if paid.captures}
    unasked = evidence.holders | (captured - evidence.orders.keys())
    accounts = [_asked(evidence, order) for order in evidence.orders.values()]
    accounts += [_unasked(evidence, order_id) for order_id in sorted(unasked, key=str)]
    counts: Counter[str] = Counter(account.kind for account in accounts)
    return conclude(
        evidence,
        "exactly_once_charge",
        needs=NEEDS,
        cases=len(accounts) - counts["unknown"],
        summary=f"{len(accounts)} orders: " + (", ".join(f"{n} {kind}" for kind, n in counts.most_common()) or "none"),
        findings=[finding for account in accounts for finding in account.findings],
        details={"classes": {**counts}, "orders": [account.row() for account in accounts]},
    )


def _asked(evidence: Books, order: Order) -> Account:
    account = Account(order, evidence.paid(order.order_id))
    if asked := evidence.is_free(order) and account.paid.attempts + account.paid.undo_attempts:
        account.invalid(f"the event is free, and the gateway was asked {len(asked)} times", asked)
    if len(account.paid.captures) > 1:
        _duplicate(account)
    elif order.ending == "confirmed":
        _confirmed(evidence, account)
    elif order.ending in ("failed", "unreached"):
        _failed(evidence, account)
    elif evidence.has(*NEEDS):
        account.unknown(f"nobody knows how it ended: {_in_restate(order)}", account.paid.captures)
    return account


def _unasked(evidence: Books, order_id: str | None) -> Account:
    """An order that nobody asked to check out; captures that belong to no order at all count as one such."""
    account = Account(Order(order_id or "(none)"), evidence.payments.get(order_id, Payments()))
    captures = account.paid.captures
    if len(captures) > 1 and order_id:
        _duplicate(account)
    elif not captures:
        account.kind = "none" if evidence.has("gateway") else "unknown"
    elif evidence.has(*NEEDS) and evidence.at_rest:
        account.kind = "orphan"
        account.invalid(f"captured {_charges(captures)}, but nobody asked to check out this order", captures)
    elif evidence.has(*NEEDS):
        account.unknown(f"captured {_charges(captures)}, and who asked for it may not have been read yet", captures)
    return account


def _duplicate(account: Account) -> None:
    captures = account.paid.captures
    account.kind = "duplicate"
    account.invalid(f"captured {len(captures)} times: {_charges(captures)}", captures + account.paid.refunds)


def _confirmed(evidence: Books, account: Account) -> None:
    captures = account.paid.captures
    if account.paid.standing:
        account.kind = "once"
        _compare(evidence, account, captures[0])
    elif captures:
        account.kind = "lost"
        refunds = captures + account.paid.refunds
        account.invalid(f"confirmed, but its only capture {_charges(captures)} was refunded", refunds)
    elif evidence.has("gateway") and evidence.is_free(account.order):
        account.kind = "free"
        _compare_free(account)
    elif evidence.has("gateway"):
        account.kind = "lost"
        account.invalid("confirmed, but never captured", account.paid.rows[-1:])


def _failed(evidence: Books, account: Account) -> None:
    order, standing, pending = account.order, account.paid.standing, account.paid.pending
    rows = standing + account.paid.refused_undo
    if not evidence.has("gateway", "invocations"):
        return
    if pending:
        account.unknown(f"{order.failure_code or order.ending}, but {_charges(pending)} is still pending", pending)
    elif not standing:
        account.kind = "none"
    elif order.ending == "unreached":
        account.unknown(f"{_charges(standing)} stands, though Restate did not know the order when it was asked", rows)
    elif moving := evidence.moving_for(order.order_id):
        account.unknown(f"{_charges(standing)} stands, and the order is not at rest: {named(moving)}", rows)
    elif given_up := evidence.given_up(order) & {"void", "refund"}:
        account.kind = "owed"
        if not evidence.is_foreseen(order):
            account.unknown(f"needs a person: {min(given_up)} was given up, {_charges(standing)} stands", rows)
    elif evidence.has("journal"):
        account.kind = "orphan"
        account.invalid(f"{order.failure_code or order.ending}, but {_charges(standing)} was never refunded", rows)


def _compare(evidence: Books, account: Account, capture: GatewayRow) -> None:
    """What was answered and what was captured must be the order's price and one charge."""
    order, where = account.order, f"row {capture.row}"
    price = evidence.prices.get(str(order.input.get("event_id")))
    if price and (capture.amount_cents, capture.currency or price[1]) != price:
        money = f"{capture.amount_cents} {capture.currency}"
        account.invalid(f"captured {money} ({where}), the event's price is {price[0]} {price[1]}", [capture])
    for booking in order.bookings:
        for name, captured in (("amount_cents", capture.amount_cents), ("charge_id", capture.charge_id)):
            if booking.get(name) != captured:
                account.invalid(f"answered {name} {booking.get(name)!r}, captured {captured!r} ({where})", [capture])


def _compare_free(account: Account) -> None:
    for booking in account.order.bookings:
        told = booking.get("amount_cents"), booking.get("charge_id")
        if told != (0, None):
            account.invalid(f"answered amount_cents {told[0]!r} and charge_id {told[1]!r}, of a free event", [])


def _in_restate(order: Order) -> str:
    if order.invocation is None:
        return "not in Restate"
    return order.invocation.result or order.invocation.status


def _charges(rows: list[GatewayRow]) -> str:
    return ", ".join(f"{row.charge_id} (row {row.row})" for row in rows)


def _numbers(rows: Iterable[GatewayRow]) -> tuple[int, ...]:
    return tuple(sorted({row.row for row in rows}))
