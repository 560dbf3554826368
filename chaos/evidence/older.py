"""What records of version 1 said otherwise: there was one system then, and the record named its things."""

from __future__ import annotations

from typing import Any

ONLY_SYSTEM = "booking.system:SYSTEM"


def upgraded_meta(raw: dict[str, Any]) -> dict[str, Any]:
    """A version 1 record.json in today's form."""
    meta = {"system": ONLY_SYSTEM, **raw}
    for derived in ("event_ids", "seats"):  # they stand in decisions.json, as the events that were opened
        meta.pop(derived, None)
    if "order_ids" in meta:
        meta["cases"] = meta.pop("order_ids")
    return meta


def upgraded_row(raw: dict[str, Any]) -> dict[str, Any]:
    """A version 1 ledger row in today's form."""
    row = dict(raw)
    if "order_id" in row:
        row["case"] = row.pop("order_id")
    return row
