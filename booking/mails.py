"""What the mailer's ledger says of each order's notification: sent, refused for good, or neither."""

from __future__ import annotations

from functools import lru_cache

from booking.ledgers import MailerRow
from booking.payments import is_last_word
from chaos.evidence.record import Record

KEY = "notification:"  # how the mail key of a notification begins, unless no header can carry the rest


@lru_cache(maxsize=1)
def mails_of(record: Record) -> dict[str, list[MailerRow]]:
    """The rows under each mail key, in ledger order; see booking.model.ledgers.notification_key."""
    rows: dict[str, list[MailerRow]] = {}
    for row in record.ledger("mailer", MailerRow):
        rows.setdefault(row.key or "", []).append(row)
    return rows


def refused_for_good(rows: list[MailerRow]) -> list[MailerRow]:
    """Refusals of a message that was never sent, by which a rule made the mailer say its last word."""
    if any(row.effect == "message" for row in rows):
        return []
    return [row for row in rows if row.rule_id and is_last_word(row) and (row.status or 0) >= 400]


def is_owned_up_to(record: Record, user: object, order_id: str) -> bool | None:
    """Whether the user's inbox says at the end that the mail failed; null where nobody looked."""
    view = record.meta.views.get(f"Notifications/{user}/get")
    items = view.get("items") if isinstance(view, dict) else None
    if not isinstance(items, list):
        return None
    mine = [item for item in items if isinstance(item, dict) and item.get("notification_id") == order_id]
    return any(item.get("mail") == "failed" for item in mine)
