"""Calls to an endpoint as Restate makes them, but not from Restate: unsigned, or with a bogus signature."""

from __future__ import annotations

import base64
import json
import secrets
import struct
import time
from collections.abc import Mapping
from typing import Any

CONTENT_TYPE = "application/vnd.restate.invocation.v5"
START, INPUT = 0x0000, 0x0400
TOKEN_LIFE_S = 60


def invocation(key: str, argument: Mapping[str, Any]) -> bytes:
    """The body of a call: a new invocation of an object's handler, with its key, no state and one argument."""
    start = _field(1, secrets.token_bytes(16)) + _field(2, b"inv_forged") + _number(3, 1) + _field(6, key.encode())
    value = _field(14, _field(1, json.dumps(argument).encode()))
    return _frame(START, start) + _frame(INPUT, value)


def signed_by_nobody(public_key: str, path: str) -> dict[str, str]:
    """The headers of a call that claims to be signed with a key; the signature is noise."""
    now = int(time.time())
    claims = {"aud": path, "iat": now, "nbf": now - TOKEN_LIFE_S, "exp": now + TOKEN_LIFE_S}
    head = {"typ": "JWT", "alg": "EdDSA", "kid": public_key}
    parts = [json.dumps(head).encode(), json.dumps(claims).encode(), secrets.token_bytes(64)]
    return {"x-restate-signature-scheme": "v1", "x-restate-jwt-v1": ".".join(_base64url(part) for part in parts)}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _frame(type_: int, message: bytes) -> bytes:
    """Restate's framing: type, flags and length, then a protobuf message."""
    return struct.pack(">HHI", type_, 0, len(message)) + message


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*encoded, value])
