"""A call of a handler and how it was answered, as the models see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from booking.model.clause import Clause

LONGEST_HOLD_MS = 100 * 365 * 24 * 3_600_000
PLAIN_CHARACTERS = 60
_PLAIN = re.compile(r"^[A-Za-z0-9_-]+$")


@dataclass(frozen=True)
class Call:
    """What was asked, and under which circumstances.

    `own`, of a timer only: whether it belongs to the very hold that it found; None when nobody can tell. `over`:
    whether the time of the hold that it found may have been up. `hold_ms`: how long holds last that nobody gave a time.
    """

    handler: str
    input: JsonValue = None
    own: bool | None = None
    over: bool = False
    hold_ms: int | None = None

    def field(self, name: str) -> JsonValue:
        """A field of the input, None if it has none of that name."""
        return self.input.get(name) if isinstance(self.input, dict) else None

    def text(self, name: str) -> str | None:
        value = self.field(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        value = self.field(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def is_plain(self, *texts: str) -> bool:
        """Whether the input is beyond doubt of the contract's form: it has these texts, each short and plain.

        Whether `hold_ms` and `round` are within bounds is looked at too; what else it has must be nothing.
        """
        if not isinstance(self.input, dict) or self.input.keys() - {*texts, "hold_ms", "round"}:
            return False
        hold_ms, round_ = self.field("hold_ms"), self.field("round")
        return (
            all(_is_plain(self.text(name)) for name in texts)
            and (hold_ms is None or 1 <= (self.number("hold_ms") or 0) <= LONGEST_HOLD_MS)
            and (round_ is None or (self.number("round") or 0) >= 1)
        )


def _is_plain(text: str | None) -> bool:
    """Nothing but ASCII letters, digits, and - or _ between them."""
    return text is not None and len(text) <= PLAIN_CHARACTERS and _PLAIN.match(text) is not None


@dataclass(frozen=True)
class Answer:
    """ok with a value; refused with a code, None if its words are not the contract's; or none.

    There is none from what goes on, or was ended from outside.
    """

    kind: Literal["ok", "refused", "none"]
    value: JsonValue = None
    code: str | None = None

    def field(self, name: str) -> JsonValue:
        return self.value.get(name) if isinstance(self.value, dict) else None

    def __str__(self) -> str:
        return (
            "words the contract does not know"
            if (self.kind, self.code) == ("refused", None)
            else self.code or self.kind
        )


@dataclass(frozen=True)
class Breach:
    """What the contract does not allow: the clause, and in words what it would have allowed."""

    clause: Clause
    words: str
