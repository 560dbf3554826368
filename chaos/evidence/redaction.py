"""Secrets leave no run: what looks like one, plain or encoded, is replaced by a keyed hash as evidence is written."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterator
from urllib.parse import quote_from_bytes

SHORTEST_SECRET = 8
MARK = re.compile(rb"hmac:[0-9a-f]{12}")  # what is left of a secret
# Each begins with letters of its own, which are found many times faster than one pattern for both would be.
_PATTERNS = (
    re.compile(rb"(earer )([A-Za-z0-9_\-.=]+)"),  # control-plane tokens
    re.compile(rb"()(tok_[A-Za-z0-9_\-]+)"),  # secrets that clients send, as workloads make them
)
_TOKENS = (b"tok_ok_", b"tok_decline_")  # how those begin: long enough to be no chance in other encoded bytes
_CODE_REST = rb"(?:[A-Za-z0-9+/_\-]|\0|\\u0000)*"


def _encoded(secret: bytes) -> Iterator[bytes]:
    """What stands of it in the base64, hex or UTF-16 of any text that holds it."""
    for before in range(3):  # base64 has three bytes in a group, and it may begin with each of them
        whole = base64.b64encode(bytes(before) + secret)[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        yield from {whole, whole.translate(bytes.maketrans(b"+/", b"-_"))}
    yield from (secret.hex().encode(), secret.hex().upper().encode())
    for zero in (b"\0", b"\\u0000"):
        yield b"".join(bytes([byte]) + zero for byte in secret)


_ENCODED_TOKENS = [
    (begin, re.compile(b"()(" + re.escape(begin) + _CODE_REST + b")")) for token in _TOKENS for begin in _encoded(token)
]


def without_secrets(text: str) -> str:
    """What may be shown of an error or a log line, in which nobody looks for leaks."""
    return Redactor().redact(text.encode(errors="replace")).decode()


class Redactor:
    """Replaces secrets by `hmac:<12 hex digits>` under a key that is never written: equal secrets stay equal."""

    def __init__(self, literals: tuple[str, ...] = ()) -> None:
        self._key = secrets.token_bytes(32)
        self._literals = [literal.encode() for literal in literals if literal]

    def learn(self, secret: str) -> None:
        """A secret that came up while the run lasted; from now on it is replaced too, however it is written.

        A shorter one is left alone: it would be found everywhere, and no secret.
        """
        if len(secret) < SHORTEST_SECRET:
            return
        quoted = json.dumps(secret, ensure_ascii=False)
        texts = (secret, quoted[1:-1], json.dumps(secret)[1:-1], json.dumps(quoted, ensure_ascii=False)[3:-3])
        plain = [text.encode() for text in texts]
        forms = {*plain, quote_from_bytes(plain[0], safe="").encode(), *_encoded(plain[0])} - {*self._literals}
        self._literals = sorted({*self._literals, *forms}, key=len, reverse=True)

    def redact(self, text: bytes) -> bytes:
        """The same bytes without secrets."""
        for literal in self._literals:
            text = text.replace(literal, self._hash(literal))
        for begin, pattern in _ENCODED_TOKENS:
            if begin in text:
                text = pattern.sub(self._hide, text)
        for pattern in _PATTERNS:
            text = pattern.sub(self._hide, text)
        return text

    def _hide(self, match: re.Match[bytes]) -> bytes:
        return match[1] + self._hash(match[2])

    def _hash(self, secret: bytes) -> bytes:
        return b"hmac:" + hmac.new(self._key, secret, hashlib.sha256).hexdigest()[:12].encode()
