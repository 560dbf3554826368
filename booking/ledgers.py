"""The rows of the booking system's ledgers: what the gateway and the mailer note beyond what every third party does."""

from __future__ import annotations

from chaos.evidence.ledger import LedgerRow
from chaos.fakes.exchange import Change


class GatewayRow(LedgerRow):
    """Its `case` is the order that the request, or the charge, is for."""

    charge_id: str | None = None
    refund_id: str | None = None
    amount_cents: int | None = None
    currency: str | None = None


class GatewayChange(Change, total=False):
    case: str
    charge_id: str
    refund_id: str
    amount_cents: int
    currency: str


class MailerRow(LedgerRow):
    """It has no case: a message does not say which order it is about."""

    message_id: str | None = None
    to: str | None = None  # who a message or a directory entry is for


class MailerChange(Change, total=False):
    message_id: str
    to: str
