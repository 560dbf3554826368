"""Secrets leave no run: what looks like one is replaced by a keyed hash as evidence is written."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets

SHORTEST_SECRET = 8
# Each begins with letters of its own, which are found many times faster than one pattern for both would be.
_PATTERNS = (
    re.compile(rb"(earer )([A-Za-z0-9_\-.=]+)"),  # control-plane tokens
    re.compile(rb"()(tok_[A-Za-z0-9_\-]+)"),  # payment tokens, as workloads make them
)


class Redactor:
    """Replaces secrets by `hmac:<12 hex digits>` under a key that is never written: equal secrets stay equal."""

    def __init__(self, literals: tuple[str, ...] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._literals = [literal.encode() for literal in literals if literal]

    def learn(self, secret: str) -> None:
        """A secret that came up while the run lasted; from now on it is replaced too, written as JSON writes it.

        A shorter one is left alone: it would be found everywhere, and no secret.
        """
        if len(secret) >= SHORTEST_SECRET:
            self._literals.append(json.dumps(secret, ensure_ascii=False)[1:-1].encode())

    def redact(self, text: bytes) -> bytes:
        """The same bytes without secrets."""
        for literal in self._literals:
            text = text.replace(literal, self._hash(literal))
        for pattern in _PATTERNS:
            text = pattern.sub(lambda match: match[1] + self._hash(match[2]), text)
        return text

    def _hash(self, secret: bytes) -> bytes:
        return b"hmac:" + hmac.new(self._key, secret, hashlib.sha256).hexdigest()[:12].encode()
