"""What programs of the stack say in their logs: JSON, a line a record; our own servers also when they are ready."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from chaos.evidence.redaction import without_secrets
from chaos.waiting import NotYet

TAIL_LINES = 12


def json_lines(text: str) -> list[dict[str, Any]]:
    """The lines that are whole JSON objects; a line still being written is left out."""
    found = []
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict):
                found.append(value)
    return found


def check_ready(text: str) -> None:
    """Raises NotYet until one of our own servers has logged a line {"ready": true, …}."""
    if not any(line.get("ready") is True for line in json_lines(text)):
        raise NotYet("no ready line in its log")


def last_lines(text: str) -> str:
    """The end of a log, for error messages: without secrets."""
    return without_secrets("\n".join(text.splitlines()[-TAIL_LINES:]))
