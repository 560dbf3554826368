"""The object state that invocations read and left, as fingerprints: values are compared, never shown."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from chaos.evidence.journal import Decoded, JournalEntry

Fingerprint = int


def fingerprint(value: Decoded) -> Fingerprint:
    """Equal for equal values; missing, null and empty values count as the same."""
    return hash(json.dumps(value, sort_keys=True))


NOTHING = fingerprint(None)


@dataclass
class Touches:
    """What one invocation did to its object's state, key by key; fed with its journal entries in order."""

    found: dict[str, Fingerprint] = field(default_factory=dict)  # what was there before its own first write
    left: dict[str, Fingerprint] = field(default_factory=dict)  # what its last write put there
    cleared_all: bool = False
    _asked: dict[int | None, str] = field(default_factory=dict)  # lazy reads that await their answer

    @property
    def is_write(self) -> bool:
        """Whether it wrote at all: Restate lets only exclusive handlers write."""
        return self.cleared_all or bool(self.left)

    def wrote(self, key: str) -> Fingerprint | None:
        """What it left under a key; None if it did not write the key."""
        return self.left.get(key, NOTHING if self.cleared_all else None)

    def take(self, entry: JournalEntry) -> None:
        """Notes one entry."""
        key = entry.state_key
        if entry.kind == "notification":
            asked = self._asked.pop(entry.completion_id, None) if entry.type == "GetLazyState" else None
            if asked is not None:
                self.found.setdefault(asked, fingerprint(entry.value))
        elif entry.type == "ClearAllState":
            self.cleared_all = True
            self.left.clear()
        elif key is None:
            return
        elif entry.type == "SetState":
            self.left[key] = fingerprint(entry.value)
        elif entry.type == "ClearState":
            self.left[key] = NOTHING
        elif self.wrote(key) is None and entry.type == "GetEagerState":
            self.found.setdefault(key, fingerprint(entry.value))
        elif self.wrote(key) is None and entry.type == "GetLazyState":
            self._asked[entry.completion_id] = key
