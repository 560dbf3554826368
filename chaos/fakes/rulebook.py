"""Which rule acts on an attempt: the first of an ordered list that matches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chaos.fakes.rules import Match, Rule, RuleList


@dataclass(frozen=True)
class Attempt:
    """What a rule may look at. `number` counts the attempts with this method, path and key so far."""

    method: str
    path: str
    key: str | None
    case: str | None
    number: int


def matches(match: Match, attempt: Attempt, hits: int) -> bool:
    """Whether a rule that has acted `hits` times acts on this attempt. Pure: the same attempt, the same answer."""
    return (
        match.method in (None, attempt.method)
        and (match.path is None or _path_matches(match.path, attempt.path))
        and match.case in (None, attempt.case)
        and match.key in (None, attempt.key)
        and (match.attempts is None or _in_range(match.attempts, attempt.number))
        and (match.probability is None or draw(match.seed, attempt) < match.probability)
        and (match.times is None or hits < match.times)
    )


def draw(seed: int | None, attempt: Attempt) -> float:
    """A number in [0, 1) that depends only on seed, key and attempt number, not on who came first."""
    subject = [seed, attempt.method, attempt.path, attempt.key or attempt.case, attempt.number]
    return int.from_bytes(hashlib.sha256(json.dumps(subject).encode()).digest()[:6]) / 2**48


def _path_matches(pattern: str, path: str) -> bool:
    wanted, found = pattern.split("/"), path.split("/")
    return len(wanted) == len(found) and all(w in ("*", f) for w, f in zip(wanted, found, strict=True))


def _in_range(attempts: str, number: int) -> bool:
    first, dash, last = attempts.partition("-")
    return int(first) <= number <= (int(last) if last else number if dash else int(first))


class RuleBook:
    """The current rules in order, with how often each has acted.

    Hits are counted from the ledger's arrival rows: `since` is the row after which a rule's count began, so that a
    fake that was killed knows both rules and hits when it comes back.
    """

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._since: dict[str, int] = {}
        self._hits: dict[str, int] = {}

    def replace(self, rules: Iterable[Rule], last_row: int) -> None:
        """Replaces the whole list. A rule that was there before, unchanged, keeps its count; others start at 0."""
        before = {rule.id: rule for rule in self.rules}
        self.rules = list(rules)
        kept = {rule.id for rule in self.rules if before.get(rule.id) == rule}
        self._since = {rule.id: self._since[rule.id] if rule.id in kept else last_row for rule in self.rules}
        self._hits = {rule.id: self._hits[rule.id] if rule.id in kept else 0 for rule in self.rules}

    def act(self, attempt: Attempt) -> Rule | None:
        """The rule that acts on this attempt, with the hit counted; None when none does."""
        for rule in self.rules:
            if matches(rule.match, attempt, self._hits[rule.id]):
                self._hits[rule.id] += 1
                return rule
        return None

    def hits(self, rule_id: str) -> int:
        return self._hits[rule_id]

    def dump(self) -> str:
        """The rules and where their counts began, as text for `load`."""
        return json.dumps({"rules": [rule.model_dump() for rule in self.rules], "since": self._since})

    def load(self, text: str, acted: Iterable[tuple[int, str]]) -> None:
        """Restores what `dump` returned, and counts the later arrivals (row, rule id) that rules acted on."""
        saved: dict[str, Any] = json.loads(text)
        self.rules = RuleList.model_validate({"rules": saved["rules"]}).rules
        self._since = saved["since"]
        self._hits = dict.fromkeys(self._since, 0)
        for row, rule_id in acted:
            if row > self._since.get(rule_id, row):
                self._hits[rule_id] += 1
