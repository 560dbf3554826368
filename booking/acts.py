"""What calls of the virtual objects did, by their journals: what each was asked, found, left, answered and sent.

Of states only the Ticket's are kept, whose form the contract gives.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from booking.contract import error_code
from booking.model.calls import Answer
from booking.model.seat import Seat, seat_of
from booking.seats import STATE_KEY
from chaos.evidence.journal import Decoded, Invocation, JournalEntry

OBJECTS = frozenset({"Event", "Ticket", "SeatMap", "UserSession", "Notifications"})
OPERATORS = frozenset({"cancelled", "killed"})  # Restate's own words, for what a person ended
CALLS = frozenset({"Call", "OneWayCall"})


@dataclass
class Act:
    """One invocation of an object, as its journal tells it."""

    invocation: Invocation
    input: Decoded = None
    output: JournalEntry | None = None
    found: Seat | None = None  # a Ticket's state, read before the own first write; None: not read, or not legible
    found_other: bool = False  # what it found is not of the contract's form
    left: Seat | None = None  # its last write, if that is legible
    left_at: int | None = None  # the entry that wrote it
    written: list[Seat] = field(default_factory=list)  # every one of its writes that is legible: others may see each
    sends: list[JournalEntry] = field(default_factory=list)  # calls, also those that are waited for
    _asked: int | None = None

    def take(self, entry: JournalEntry) -> None:
        """Notes one entry, in the journal's order."""
        if entry.type == "Input":
            self.input = entry.value
        elif entry.type == "Output":
            self.output = entry
        elif entry.kind == "command" and entry.type in CALLS:
            self.sends.append(entry)
        elif self.invocation.service == "Ticket":
            self._take_state(entry)

    def _take_state(self, entry: JournalEntry) -> None:
        fresh = self.found is None and self.left_at is None
        if (entry.kind, entry.type) == ("notification", "GetLazyState") and entry.completion_id == self._asked:
            if fresh and self._asked is not None:
                self._take_found(entry.value)
        elif entry.state_key == STATE_KEY and entry.type == "GetEagerState" and fresh:
            self._take_found(entry.value)
        elif entry.state_key == STATE_KEY and entry.type == "GetLazyState":
            self._asked = entry.completion_id
        elif entry.state_key == STATE_KEY and entry.type == "SetState":
            self._take_left(seat_of(entry.value), entry.index)
        elif entry.type == "ClearAllState" or (entry.state_key == STATE_KEY and entry.type == "ClearState"):
            self._take_left(Seat(), entry.index)

    def _take_left(self, state: Seat | None, index: int) -> None:
        self.left, self.left_at = state, index
        self.written += [state] if state else []

    def _take_found(self, value: Decoded) -> None:
        self.found = seat_of(value)
        self.found_other = self.found is None

    @property
    def after(self) -> Seat | None:
        """The seat when it had ended."""
        return self.found if self.left_at is None else self.left

    @property
    def answer(self) -> Answer:
        if self.output is None:
            return Answer("none")
        failure = self.output.failure
        return Answer("ok", self.output.value) if failure is None else refusal(failure.message)

    @property
    def where(self) -> dict[str, str | int | None]:
        """Where a finding about it points."""
        index = self.left_at if self.left_at is not None else self.output.index if self.output else None
        return {"invocation_id": self.invocation.id, "journal_index": index}


def refusal(message: str) -> Answer:
    """The answer of a call that failed with this message; what a person ended has none."""
    return Answer("none") if message in OPERATORS else Answer("refused", code=error_code(message))
