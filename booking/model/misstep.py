"""A misstep: what a workflow did, or was seen to have done, that a clause of the contract has no room for."""

from __future__ import annotations

from dataclasses import dataclass

from booking.model.clause import Clause


@dataclass(frozen=True)
class Misstep:
    """What a clause does not allow, and the journal entry that shows it (none: what is shown is not an entry)."""

    clause: Clause
    what: str
    index: int | None = None
