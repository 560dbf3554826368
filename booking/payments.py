"""What the gateway's ledger says of each order: attempts, captures, refunds, bars, and what was left open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from booking.ledgers import GatewayRow
from chaos.evidence.ledger import LedgerRow

CHARGES, VOIDS, REFUNDS = "/v1/charges", "/v1/voids", "/v1/refunds"
AGAIN = frozenset({408, 425, 429})  # ask to come again, whatever the body says
KEY_PREFIXES = ("charge:", "refund:")  # the contract's keys end with the order id


@dataclass(frozen=True)
class Payments:
    """The ledger rows of one order, in ledger order."""

    rows: tuple[GatewayRow, ...] = ()

    @cached_property
    def attempts(self) -> list[GatewayRow]:
        """Arrivals of charge requests."""
        return [row for row in self.rows if _arrived(row, CHARGES)]

    @cached_property
    def undo_attempts(self) -> list[GatewayRow]:
        """Arrivals of void and refund requests."""
        return [row for row in self.rows if _arrived(row, VOIDS) or _arrived(row, REFUNDS)]

    @cached_property
    def captures(self) -> list[GatewayRow]:
        return [row for row in self.rows if row.effect == "capture"]

    @cached_property
    def refunds(self) -> list[GatewayRow]:
        return [row for row in self.rows if row.effect == "refund"]

    @cached_property
    def bars(self) -> list[GatewayRow]:
        return [row for row in self.rows if row.effect == "bar"]

    @cached_property
    def standing(self) -> list[GatewayRow]:
        """Captures whose money was not given back."""
        refunded = {row.charge_id for row in self.refunds}
        return [row for row in self.captures if row.charge_id not in refunded]

    @cached_property
    def pending(self) -> list[GatewayRow]:
        """Charges that may still be captured."""
        ended = {row.charge_id for row in self.rows if row.effect in ("capture", "fail", "refund")}
        return [row for row in self.rows if row.effect == "pending" and row.charge_id not in ended]

    @cached_property
    def open_keys(self) -> set[str]:
        """Keys of charge attempts that could still be captured or are: neither barred nor refunded."""
        standing = {row.charge_id for row in self.standing}
        given_back = {self._key(row) for row in self.captures if row.charge_id not in standing}
        return {row.key for row in self.attempts if row.key} - {row.key for row in self.bars} - given_back

    @cached_property
    def refused_undo(self) -> list[GatewayRow]:
        """Answers by which the gateway itself, no rule, called a void or refund wrong ("already refunded" is done)."""
        ruled = {row.attempt for row in self.rows if row.rule_id}
        undoing = {row.attempt for row in self.undo_attempts} - ruled
        return [
            row
            for row in self.rows
            if row.kind == "answer"
            and row.attempt in undoing
            and row.status is not None
            and 400 <= row.status < 500
            and row.detail != "already_refunded"
        ]

    def _key(self, row: GatewayRow) -> str | None:
        """A row's key, or that of the attempt it belongs to."""
        return row.key or next((arrival.key for arrival in self.attempts if arrival.row == row.attempt), None)


def is_last_word(row: LedgerRow) -> bool:
    """Whether a row is an answer after which asking again is pointless: success, or a refusal with a code."""
    if row.kind != "answer" or row.status is None or row.status in AGAIN:
        return False
    return row.status < 300 or (400 <= row.status < 500 and row.detail not in (None, "in_progress"))


def by_order(ledger: Iterable[GatewayRow]) -> dict[str | None, Payments]:
    """Each order's rows. A row that does not name its order belongs to that of its attempt, charge or key."""
    rows = sorted(ledger, key=lambda row: row.row)
    charges, keys = _owners(rows)
    attempts: dict[int, str | None] = {}
    grouped: dict[str | None, list[GatewayRow]] = {}
    for row in rows:
        owner = row.case or charges.get(row.charge_id) or keys.get(row.key) or attempts.get(row.attempt)
        owner = owner or _named_in(row.key)
        attempts.setdefault(row.attempt, owner)
        grouped.setdefault(owner, []).append(row)
    return {owner: Payments(tuple(rows)) for owner, rows in grouped.items()}


def _owners(rows: Iterable[GatewayRow]) -> tuple[dict[str | None, str], dict[str | None, str]]:
    """Charge id → order and key → order, as far as rows name both."""
    charges: dict[str | None, str] = {}
    keys: dict[str | None, str] = {}
    for row in rows:
        if row.case and row.charge_id:
            charges.setdefault(row.charge_id, row.case)
        if row.case and row.key:
            keys.setdefault(row.key, row.case)
    return charges, keys


def _named_in(key: str | None) -> str | None:
    return next((key.removeprefix(prefix) for prefix in KEY_PREFIXES if key and key.startswith(prefix)), None)


def _arrived(row: GatewayRow, path: str) -> bool:
    return row.kind == "arrival" and row.method == "POST" and row.path == path
