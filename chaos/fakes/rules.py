"""What a fake can be told to do wrong: a rule says what it matches and what it does."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, ValidationError, model_validator

from chaos.errors import MOST_SHOWN, BadInput, did_you_mean
from chaos.model import Frozen

ATTEMPTS = re.compile(r"([1-9]\d{0,8})(-([1-9]\d{0,8})?)?")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
CODE = re.compile(r"[a-z_]{1,64}")
FRAMING = {"content-length", "transfer-encoding", "connection"}  # the server sets these itself
MAX_MS = 24 * 3600 * 1000
MAX_PAD_BYTES = 64 * 1024 * 1024


class _Strict(Frozen):
    """A part of a rule; strict: a string of digits is not a number."""

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


# The types of the fields, shared with the faults of plans (chaos/faults) that set rules.
Attempts = Annotated[str, AfterValidator(_attempts)]
Probability = Annotated[float, Field(ge=0, le=1)]
Times = Annotated[int, Field(ge=1)]
Status = Annotated[int, Field(ge=200, le=599)]
Headers = Annotated[dict[str, str], AfterValidator(_headers)]
PadBytes = Annotated[int, Field(ge=0, le=MAX_PAD_BYTES)]
Milliseconds = Annotated[int, Field(ge=0, le=MAX_MS)]
Pace = Annotated[int, Field(ge=1)]
Point = Literal["before_effect", "after_effect"]
Deliver = Literal["once", "duplicated", "late", "out_of_order", "before_answer", "never"]
Outcome = Literal["succeeded", "failed"]


class Match(_Strict):
    """Which attempts a rule acts on: every given field must match; with none given, it matches every attempt."""

    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    path: str | None = None  # without the query; "*" matches one whole segment
    case: str | None = None
    key: str | None = None  # Idempotency-Key, or the key a void settles
    attempts: Attempts | None = None  # "2", "1-2", "3-": see LedgerRow.number
    probability: Probability | None = None  # drawn from seed, key and attempt number, not from order
    seed: int | None = None
    times: Times | None = None  # at most this many hits

    @model_validator(mode="after")
    def _probability_has_a_seed(self) -> Self:
        if (self.probability is None) != (self.seed is None):
            raise ValueError("give probability and seed together or not at all")
        return self


class Respond(_Strict):
    """Answers this, without any effect. `body` is sent as JSON, `text` as it is, `pad_bytes` blanks after either."""

    do: Literal["respond"]
    status: Status
    headers: Headers = {}
    body: JsonValue = None
    text: str | None = None
    pad_bytes: PadBytes = 0

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.text is not None:
            raise ValueError("allowed is body or text, not both")
        return self

    def content(self) -> bytes:
        said = self.text if self.text is not None else "" if self.body is None else json.dumps(self.body)
        return said.encode() + b" " * self.pad_bytes

    def code(self) -> str | None:
        """The `code` that a client finds in the body, for the ledger; nobody finds one in what is not sent as JSON."""
        kinds = [value for name, value in self.headers.items() if name.lower() == "content-type"]
        code = self.body.get("code") if isinstance(self.body, dict) else None
        as_json = not kinds or kinds[0].partition(";")[0].strip().lower() == "application/json"
        return code if isinstance(code, str) and CODE.fullmatch(code) and as_json else None


class Delay(_Strict):
    """Waits before the effect, or after it and before the answer."""

    do: Literal["delay"]
    point: Point
    delay_ms: Milliseconds


class Hang(_Strict):
    """Never answers and has no effect; ends when the client disconnects."""

    do: Literal["hang"]


class Hold(_Strict):
    """Stops before the effect, or after it and before the answer, until released."""

    do: Literal["hold"]
    point: Point


class DropBeforeEffect(_Strict):
    """Resets the connection; nothing took effect."""

    do: Literal["drop_before_effect"]


class DropAfterEffect(_Strict):
    """Done, then the connection resets."""

    do: Literal["drop_after_effect"]


class AcceptThenFail(_Strict):
    """Done, then 503; if it is pending, the webhook follows, once or twice."""

    do: Literal["accept_then_fail"]
    deliver: Literal["once", "duplicated"] = "once"


class SlowBody(_Strict):
    """Answers correctly, but the body trickles in."""

    do: Literal["slow_body"]
    bytes_per_s: Pace


class ForgetKeys(_Strict):
    """Forgets what the attempt's key was used for, as when idempotency keys expire; then treats it as a new one."""

    do: Literal["forget_keys"]


class InProgress(_Strict):
    """Answers 409 `in_progress` while an earlier attempt at the same, with the same key, has not ended."""

    do: Literal["in_progress"]


class Lag(_Strict):
    """Answers a look (GET) with how everything was `behind_ms` ago; what is no look is carried out as ever."""

    do: Literal["lag"]
    behind_ms: Annotated[Milliseconds, Field(ge=1)]


class Webhook(_Strict):
    """What happens after a 202: what is pending settles after `settle_ms`, and the webhook follows `delay_ms` later.

    "out_of_order" tells the outcome and then an older state that contradicts it; with "before_answer" it has all
    happened when the 202 is sent. Without this action: once, at once. What is not pending is left alone.
    """

    do: Literal["webhook"]
    deliver: Deliver
    outcome: Outcome = "succeeded"
    settle_ms: Milliseconds = 0
    delay_ms: Milliseconds = 0

    @model_validator(mode="after")
    def _late_is_later(self) -> Self:
        if (self.deliver == "late") != (self.delay_ms > 0):
            raise ValueError('delay_ms, 1 or more, goes with deliver "late" and with no other')
        return self


Action = Annotated[
    Respond
    | Delay
    | Hang
    | Hold
    | DropBeforeEffect
    | DropAfterEffect
    | AcceptThenFail
    | SlowBody
    | ForgetKeys
    | InProgress
    | Lag
    | Webhook,
    Field(discriminator="do"),
]
ACTIONS: dict[str, type[_Strict]] = {
    get_args(kind.model_fields["do"].annotation)[0]: kind for kind in get_args(get_args(Action)[0])
}


class Rule(_Strict):
    """One rule; if it has no id, it is given one."""

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
    """The rules in {"rules": […]}. Raises BadInput naming the first wrong field and what is allowed there."""
    try:
        return RuleList.model_validate_json(text).rules
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        # A misspelt field is also reported as a missing one: the misspelling says what to correct.
        first = next((each for each in found if each["type"] == "extra_forbidden"), found[0])
        what, allowed = first["msg"].removeprefix("Value error, "), ""
        if first["type"] == "extra_forbidden":
            fields = _fields_beside(first["loc"])
            what, allowed = f"unknown field{did_you_mean(first['loc'][-1], fields)}", ", ".join(fields)
        elif first["type"] == "union_tag_invalid":
            name = first["ctx"]["tag"]
            what, allowed = f"unknown action {repr(name)[:MOST_SHOWN]}{did_you_mean(name, ACTIONS)}", ", ".join(ACTIONS)
        elif first["type"] == "union_tag_not_found":
            what, allowed = "`do` is missing", ", ".join(ACTIONS)
        elif not first["loc"]:
            allowed = '{"rules": [{"id", "match", "action"}, …]}'
        raise BadInput(what, where=_path(first["loc"]), allowed=allowed) from error


def _path(loc: Sequence[str | int]) -> str:
    """rules[0].action.point, from ("rules", 0, "action", "hold", "point")"""
    parts = [part for before, part in zip(("", *loc), loc, strict=False) if before != "action"]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".") or "body"


def _fields_beside(loc: Sequence[str | int]) -> list[str]:
    """The fields of the model where the last element of `loc` was found."""
    parents = loc[:-1]
    model: type[_Strict] = RuleList
    if "match" in parents:
        model = Match
    elif "action" in parents:
        model = ACTIONS[str(parents[-1])]
    elif parents:
        model = Rule
    return list(model.model_fields)
