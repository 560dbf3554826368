"""Lawful: fields that are null are left out, of answers and of state: null means absent."""

from __future__ import annotations

import json

from services.app import app
from services.serde import Json, M
from services.state import Versioned

__all__ = ["app"]


def serialize(_: Json[M], obj: M | None) -> bytes:
    return b"" if obj is None else obj.model_dump_json(exclude_none=True).encode()


def serialize_versioned(self: Versioned[M], obj: M | None) -> bytes:
    if obj is None:
        return b""
    return json.dumps({"schema": self.schema, **obj.model_dump(mode="json", exclude_none=True)}).encode()


Json.serialize = serialize  # type: ignore[method-assign]
Versioned.serialize = serialize_versioned  # type: ignore[method-assign]
