"""Request identity: the private key Restate signs its calls with, and the public one it then names in its log."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from chaos.backends.logs import json_lines, last_lines
from chaos.errors import StartFailed

PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # what stands before the 32 bytes of such a key
PREFIX = "publickeyv1_"


def write_key(path: Path) -> None:
    """A fresh ed25519 private key in PEM, for its owner only."""
    body = base64.b64encode(PKCS8_ED25519 + secrets.token_bytes(32)).decode()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")


def public_key(log: str) -> str:
    """The public key of the one a started server signs with, from its log. Raises StartFailed when it does not say."""
    for line in json_lines(log):
        fields = line.get("fields")
        key = fields.get("kid") if isinstance(fields, dict) else None
        if isinstance(key, str) and key.startswith(PREFIX):
            return key
    raise StartFailed("restate", f"it names no {PREFIX}… in its log", last_lines(log))
