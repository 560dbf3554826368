"""What a fake does wrong on command: an ordered list of rules, each with what it matches and what it does."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator

from chaos.errors import BadInput
from chaos.model import Frozen

ATTEMPTS = re.compile(r"([1-9]\d{0,8})(-([1-9]\d{0,8})?)?")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
FRAMING = {"content-length", "transfer-encoding", "connection"}  # what the server itself has to say
MAX_MS = 24 * 3600 * 1000
MAX_PAD_BYTES = 64 * 1024 * 1024

Point = Literal["before_effect", "after_effect"]


class _Strict(Frozen):
    """A part of a rule; a number is not a string of digits."""

    model_config = ConfigDict(strict=True)


def _attempts(text: str) -> str:
    found = ATTEMPTS.fullmatch(text)
    if not found or (found[3] and int(found[3]) < int(found[1])):
        raise ValueError('allowed are attempt numbers from 1 on: "2", "1-2" or "3-"')
    return text


def _headers(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise ValueError("allowed are header names and values of printable ASCII")
        if name.lower() in FRAMING:
            raise ValueError(f"{', '.join(sorted(FRAMING))} are set by the server")
    return headers


class Match(_Strict):
    """Which attempts a rule acts on: all that is given must hold; nothing given matches every attempt."""

    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    path: str | None = None  # without the query; "*" stands for one whole segment
    order_id: str | None = None
    key: str | None = None  # Idempotency-Key, or the key a void settles
    attempts: Annotated[str, AfterValidator(_attempts)] | None = None  # "2", "1-2", "3-": see LedgerRow.number
    probability: float | None = Field(None, ge=0, le=1)  # drawn from seed, key and attempt number, not from order
    seed: int | None = None
    times: int | None = Field(None, ge=1)  # at most so many hits

    @model_validator(mode="after")
    def _probability_has_a_seed(self) -> Self:
        if (self.probability is None) != (self.seed is None):
            raise ValueError("probability and seed are given together or not at all")
        return self


class Respond(_Strict):
    """Answers so, without any effect. `body` goes out as JSON, `text` as it is, `pad_bytes` of blanks after either."""

    do: Literal["respond"]
    status: int = Field(ge=200, le=599)
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = {}
    body: JsonValue = None
    text: str | None = None
    pad_bytes: int = Field(0, ge=0, le=MAX_PAD_BYTES)

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.text is not None:
            raise ValueError("allowed is body or text, not both")
        return self

    def content(self) -> bytes:
        said = self.text if self.text is not None else "" if self.body is None else json.dumps(self.body)
        return said.encode() + b" " * self.pad_bytes


class Delay(_Strict):
    """Waits before the effect, or after it and before the answer."""

    do: Literal["delay"]
    point: Point
    delay_ms: int = Field(ge=0, le=MAX_MS)


class Hang(_Strict):
    """Never answers and has no effect; ends when the client goes."""

    do: Literal["hang"]


class Hold(_Strict):
    """Stops before the effect, or after it and before the answer, until released."""

    do: Literal["hold"]
    point: Point


class DropBeforeEffect(_Strict):
    """Resets the connection; nothing took effect."""

    do: Literal["drop_before_effect"]


class DropAfterEffect(_Strict):
    """Charged, then the connection resets."""

    do: Literal["drop_after_effect"]


class AcceptThenFail(_Strict):
    """Charged, then 503."""

    do: Literal["accept_then_fail"]


class SlowBody(_Strict):
    """Answers truly, but the body trickles."""

    do: Literal["slow_body"]
    bytes_per_s: int = Field(ge=1)


class ForgetKeys(_Strict):
    """Forgets what the attempt's key was used for, as when idempotency keys expire; then goes on as with a new one."""

    do: Literal["forget_keys"]


Action = Annotated[
    Respond | Delay | Hang | Hold | DropBeforeEffect | DropAfterEffect | AcceptThenFail | SlowBody | ForgetKeys,
    Field(discriminator="do"),
]
ACTIONS: dict[str, type[_Strict]] = {
    get_args(kind.model_fields["do"].annotation)[0]: kind for kind in get_args(get_args(Action)[0])
}


class Rule(_Strict):
    """One rule; without an id it is given one."""

    id: str = Field(default_factory=lambda: f"rule-{secrets.token_hex(4)}", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    match: Match = Match()
    action: Action


class RuleList(_Strict):
    """The ordered list: the first rule that matches an attempt acts on it."""

    rules: list[Rule]

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        if len({rule.id for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules have the same id; allowed are ids that differ")
        return self


def parse_rules(text: bytes | str) -> list[Rule]:
    """The rules in {"rules": […]}. Raises BadInput naming the first field that is wrong and what is allowed there."""
    try:
        return RuleList.model_validate_json(text).rules
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        what, allowed = first["msg"].removeprefix("Value error, "), ""
        if first["type"] == "extra_forbidden":
            what, allowed = "unknown field", _fields_beside(first["loc"])
        elif first["type"] == "union_tag_not_found":
            what, allowed = "`do` is missing", ", ".join(ACTIONS)
        elif not first["loc"]:
            allowed = '{"rules": [{"id", "match", "action"}, …]}'
        raise BadInput(what, where=_path(first["loc"]), allowed=allowed) from error


def _path(loc: Sequence[str | int]) -> str:
    """rules[0].action.point, from ("rules", 0, "action", "hold", "point")"""
    parts = [part for before, part in zip(("", *loc), loc, strict=False) if before != "action"]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".") or "body"


def _fields_beside(loc: Sequence[str | int]) -> str:
    """The fields of the model in which the last element of `loc` was found."""
    parents = loc[:-1]
    model: type[_Strict] = RuleList
    if "match" in parents:
        model = Match
    elif "action" in parents:
        model = ACTIONS[str(parents[-1])]
    elif parents:
        model = Rule
    return ", ".join(model.model_fields)


@dataclass(frozen=True)
class Attempt:
    """What a rule may look at. `number` is how many attempts of this method and path with this key there were."""

    method: str
    path: str
    key: str | None
    order_id: str | None
    number: int


def matches(match: Match, attempt: Attempt, hits: int) -> bool:
    """Whether a rule that acted `hits` times acts on this attempt too. Pure: the same attempt, the same answer."""
    return (
        match.method in (None, attempt.method)
        and (match.path is None or _path_matches(match.path, attempt.path))
        and match.order_id in (None, attempt.order_id)
        and match.key in (None, attempt.key)
        and (match.attempts is None or _in_range(match.attempts, attempt.number))
        and (match.probability is None or draw(match.seed, attempt) < match.probability)
        and (match.times is None or hits < match.times)
    )


def draw(seed: int | None, attempt: Attempt) -> float:
    """A number in [0, 1) that depends on seed, key and attempt number only, not on who came first."""
    subject = [seed, attempt.method, attempt.path, attempt.key or attempt.order_id, attempt.number]
    return int.from_bytes(hashlib.sha256(json.dumps(subject).encode()).digest()[:6]) / 2**48


def _path_matches(pattern: str, path: str) -> bool:
    wanted, found = pattern.split("/"), path.split("/")
    return len(wanted) == len(found) and all(w in ("*", f) for w, f in zip(wanted, found, strict=True))


def _in_range(attempts: str, number: int) -> bool:
    first, dash, last = attempts.partition("-")
    return int(first) <= number <= (int(last) if last else number if dash else int(first))


class RuleBook:
    """The standing rules in order, with how often each acted.

    Hits are counted by the ledger's arrival rows: `since` says after which row a rule's count began, so that a fake
    that was killed knows both rules and hits when it comes back.
    """

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._since: dict[str, int] = {}
        self._hits: dict[str, int] = {}

    def replace(self, rules: Iterable[Rule], last_row: int) -> None:
        """The whole list anew. A rule that stood before, unchanged, keeps its count; others begin at 0."""
        before = {rule.id: rule for rule in self.rules}
        self.rules = list(rules)
        kept = {rule.id for rule in self.rules if before.get(rule.id) == rule}
        self._since = {rule.id: self._since[rule.id] if rule.id in kept else last_row for rule in self.rules}
        self._hits = {rule.id: self._hits[rule.id] if rule.id in kept else 0 for rule in self.rules}

    def act(self, attempt: Attempt) -> Rule | None:
        """The rule that acts on this attempt, counted; None when none does."""
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
        """What `dump` said, and the counts from the arrivals (row, rule id) that rules acted on since."""
        saved: dict[str, Any] = json.loads(text)
        self.rules = RuleList.model_validate({"rules": saved["rules"]}).rules
        self._since = saved["since"]
        self._hits = dict.fromkeys(self._since, 0)
        for row, rule_id in acted:
            if row > self._since.get(rule_id, row):
                self._hits[rule_id] += 1
