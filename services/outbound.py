"""HTTP calls to the world outside, each a single attempt inside a run: Restate does the retrying.

An attempt ends with an `Answer` to act on, or with `Unclear` or the SDK's `RetryableError`: nobody knows whether what
was asked for happened, so it is asked for again, in the latter case not before the time the other side named.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Annotated, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from restate import RunOptions, TerminalError
from restate.exceptions import RetryableError

from services.errors import refuse
from services.serde import Json
from services.settings import settings

ANSWER_BYTES = 64 * 1024
LONGEST_WAIT = timedelta(hours=1)  # of a Retry-After: a slip in that header must not park an order for years
TRY_AGAIN = {408, 425, 429}
IN_PROGRESS = "in_progress"  # an earlier attempt under the same key has not ended: no answer to ours

R = TypeVar("R", bound=BaseModel)


class Reply(BaseModel):
    """A body from outside: types are not coerced, fields we do not know are its own business."""

    model_config = ConfigDict(strict=True, frozen=True)


class _Coded(Reply):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]


class Unclear(Exception):
    """No answer to act on: what was asked for may or may not have happened, or may still happen."""

    def __repr__(self) -> str:
        return str(self)  # this is what the SDK reports of a failed attempt


@dataclass(frozen=True)
class Answer:
    """A complete answer; `call` is what it answers, e.g. "POST /v1/charges"."""

    call: str
    status: int
    is_json: bool
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str | None:
        """The `code` of an error's body, if it has one; what stands between us and the other side knows none."""
        try:
            return self.parse(_Coded).code
        except Unclear:
            return None

    @property
    def is_last_word(self) -> bool:
        """Whether asking again can change nothing: it succeeded, or the other side itself said a reasoned no."""
        return self.ok or (400 <= self.status < 500 and self.code not in (None, IN_PROGRESS))

    def parse(self, model: type[R]) -> R:
        """The body. Raises Unclear if it is not JSON of this shape."""
        if not self.is_json:
            raise Unclear(f"{self.call}: {self.status} without JSON")
        try:
            return model.model_validate_json(self.body)
        except ValidationError:
            raise Unclear(f"{self.call}: {self.status} with a malformed body") from None

    def refusal(self) -> TerminalError:
        """The error that ends a call which cannot succeed however often it is repeated."""
        return refuse("gateway_refused", f"{self.call} answered {self.status} {self.code or ''}".rstrip())


@cache
def client() -> httpx.AsyncClient:
    """The one client of this process, made when the event loop runs."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    # Our own deadline per attempt stands in `ask`: httpx's time-outs start again with every byte.
    return httpx.AsyncClient(limits=limits, timeout=None, trust_env=False)  # noqa: S113


def retrying(model: type[R], *, max_attempts: int | None = None) -> RunOptions[R]:
    """How a run is retried: with the configured backoff, for ever or `max_attempts` times, the first included."""
    return RunOptions(
        serde=Json(model),
        max_attempts=max_attempts,
        initial_retry_interval=settings().retry_initial,
        retry_interval_factor=settings().retry_factor,
        max_retry_interval=settings().retry_max,
    )


async def ask(
    method: str, base: str, path: str, *, key: str | None = None, body: BaseModel | None = None, **params: str
) -> Answer:
    """One attempt. Raises Unclear or RetryableError for everything that is worth asking again.

    A 4xx without the JSON `code` of the contract is worth it: it is a proxy's, a firewall's or a load balancer's.
    """
    call = f"{method} {path}"
    headers = {"content-type": "application/json"} if body else {}
    if key is not None:
        headers["idempotency-key"] = as_header(key)
    content = body.model_dump_json(exclude_none=True) if body else None
    try:
        async with (
            asyncio.timeout(settings().attempt_timeout_s),
            client().stream(method, base + path, params=params, headers=headers, content=content) as response,
        ):
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > ANSWER_BYTES:
                    raise Unclear(f"{call}: {response.status_code} with an oversized body")
    # The last two are of redirects: httpx reads where they lead to, though it is not to go there.
    except (httpx.HTTPError, TimeoutError, httpx.InvalidURL, ValueError) as error:
        raise Unclear(f"{call}: {type(error).__name__}") from error
    is_json = response.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"
    answer = Answer(call=call, status=response.status_code, is_json=is_json, body=bytes(received))
    if answer.status in TRY_AGAIN or not answer.is_last_word:
        why = f"{call}: {answer.status} {answer.code or ''}".rstrip()
        wait = retry_after(response.headers.get("retry-after", ""))
        raise RetryableError(why, retry_after=wait) if wait else Unclear(why)
    return answer


def as_header(key: str) -> str:
    """The key as a header can carry it: itself, or where names made it more than printable ASCII its SHA-256."""
    if re.fullmatch(r"[!-~]([ -~]*[!-~])?", key):
        return key
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def retry_after(header: str) -> timedelta | None:
    """How long a Retry-After header (seconds or a date) asks to wait; None if there is nothing to wait for."""
    if re.fullmatch(r"[0-9]{1,9}", header):
        wait = timedelta(seconds=int(header))
    else:
        try:
            wait = parsedate_to_datetime(header) - datetime.now(UTC)
        except (ValueError, TypeError, OverflowError):
            return None
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None
