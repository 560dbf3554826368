"""Text from a run made fit for terminals and XML: control and formatting characters are shown, not obeyed."""

from __future__ import annotations


def legible(text: str) -> str:
    """The text with everything unprintable but newlines and tabs replaced by "\N{REPLACEMENT CHARACTER}"."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\N{REPLACEMENT CHARACTER}" for each in text)
