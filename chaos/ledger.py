"""The fakes' ledger as evidence: what arrived at the gateway and the mailer, what took effect, what was answered."""

from __future__ import annotations

from typing import Literal

from chaos.model import Frozen

RowKind = Literal["arrival", "hold", "release", "effect", "answer", "drop"]
Effect = Literal["capture", "pending", "fail", "refund", "bar", "message", "role", "permissions", "forget"]


class LedgerRow(Frozen):
    """One row of an append-only ledger.

    An attempt is one `arrival` and, later, the `hold`, `effect`, `answer` or `drop` rows that name it in `attempt`.
    An arrival with neither answer nor drop was cut off by a crash of the fake. Order is `row`; `at_ms` is for people.
    """

    row: int  # position in the ledger, from 1, without gaps
    at_ms: int  # wall clock, milliseconds since the epoch
    kind: RowKind
    attempt: int  # the row of the arrival this row belongs to; an arrival names itself
    method: str
    path: str
    key: str | None = None  # Idempotency-Key, or the key a void settles
    order_id: str | None = None
    connection: str | None = None  # peer address "host:port"
    number: int | None = None  # how many attempts this key has made so far, this one included
    rule_id: str | None = None  # the rule that acted on the attempt
    hold_id: str | None = None
    effect: Effect | None = None
    charge_id: str | None = None
    refund_id: str | None = None
    message_id: str | None = None
    to: str | None = None  # who a message or a directory entry is for
    amount_cents: int | None = None
    currency: str | None = None
    status: int | None = None  # HTTP status answered
    detail: str | None = None  # the answer's code, or why it was dropped
