"""What goes into a fake and what comes out: a request, its answer, and the effects on which the answer rests."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, TypedDict, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from chaos.evidence.ledger import Effect, LedgerRow

MAX_NAME = 255
NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,255}")

Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00-\x1f\x7f]+$")]
Text = Annotated[str, StringConstraints(max_length=20_000)]
B = TypeVar("B", bound=BaseModel)
RowOf_contra = TypeVar("RowOf_contra", bound=LedgerRow, contravariant=True)


class Change(TypedDict, total=False):
    """One effect, as the fields of the ledger row that makes it real. A subclass adds a third party's own columns."""

    effect: Effect
    detail: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """The answer, and what must be durable before it is sent."""

    status: int
    body: dict[str, Any]
    changes: tuple[Change, ...] = ()
    keep: Mapping[str, str] = field(default_factory=dict)  # to be stored beside the rows
    webhook: tuple[str, str] | None = None  # what is open from now on, and the URL to notify

    @property
    def code(self) -> str | None:
        return self.body.get("code")


def refusal(status: int, code: str, message: str, *changes: Change) -> Answer:
    return Answer(status, {"code": code, "message": message}, changes)


class Invalid(Exception):
    """A request that is answered 422: names the field and the reason, never its value."""


class Body(BaseModel):
    """The JSON body of a request: no coercion, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


@dataclass(frozen=True)
class Request:
    """An HTTP request with its whole body."""

    method: str
    path: str
    query: str
    key: str | None  # Idempotency-Key; None if missing or not a name
    content: bytes
    too_large: bool = False  # then the content is incomplete

    def parameter(self, name: str) -> str | None:
        """The query parameter; None if missing or not a name."""
        return name_or_none(dict(parse_qsl(self.query)).get(name))

    def peek(self, name: str) -> str | None:
        """A field of the body, None if it is not a name; for the ledger and the rules, which see every request."""
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return name_or_none(body.get(name)) if isinstance(body, dict) else None

    def body(self, model: type[B]) -> B:
        """The body. Raises Invalid."""
        try:
            return model.model_validate_json(self.content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "body"
            raise Invalid(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None

    def required_key(self) -> str:
        """The idempotency key. Raises Invalid."""
        if self.key is None:
            raise Invalid(f"Idempotency-Key: this header is required, 1 to {MAX_NAME} printable characters")
        return self.key


def name_or_none(value: object) -> str | None:
    """The value if the ledger can hold it as a key or an id, else None."""
    return value if isinstance(value, str) and NAME.fullmatch(value) else None


def fingerprint(body: Body, salt: str) -> str:
    """A keyed hash of the body: shows whether a key comes with a different body, and reveals nothing about it."""
    return hmac.new(salt.encode(), body.model_dump_json().encode(), hashlib.sha256).hexdigest()[:32]


class Desk(Protocol[RowOf_contra]):
    """The honest part of a fake: what it would answer if no rule acted.

    `answer` changes nothing; `apply` applies one durable effect row, and rebuilds the same state from the same rows
    after a restart.
    """

    def identify(self, request: Request) -> tuple[str | None, str | None]:
        """The key and the case that a request is about, if it says so, for the ledger and the rules."""

    def answer(self, request: Request) -> Answer: ...

    def apply(self, row: RowOf_contra) -> None: ...
