"""What is shown is only shown, on any terminal."""

from __future__ import annotations

import io
import sys

import pytest

from chaos.reporting.legible import legible, speak_plainly


def test_control_and_formatting_characters_are_not_obeyed() -> None:
    assert legible("a\x1b[31mb\u202ec\n\td") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER}c\n\td"


def test_what_an_encoding_lacks_is_said_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with pytest.raises(UnicodeEncodeError):
        sys.stdout.write("✓")
    speak_plainly()
    sys.stdout.write("✓ VALID – ✕ INVALID … \N{SNOWMAN}\udce4")
    sys.stdout.flush()
    assert raw.getvalue() == b"+ VALID - x INVALID ... ??"
