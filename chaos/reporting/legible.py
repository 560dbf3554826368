"""Text from a run made fit for terminals and XML: what cannot be shown is replaced, and nothing is obeyed."""

from __future__ import annotations

import codecs
import io
import sys

PLAINLY = "chaos.plainly"
PLAIN = {"✓": "+", "✕": "x", "×": "x", "–": "-", "…": "...", "→": "->"}


def legible(text: str) -> str:
    """The text with everything unprintable but newlines and tabs replaced by "\N{REPLACEMENT CHARACTER}"."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in text)


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """Goes on where an encoding lacks characters, in ASCII."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end


codecs.register_error(PLAINLY, _plainly)


def speak_plainly() -> None:
    """From now on stdout and stderr take any text, in whatever encoding they have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAINLY)
