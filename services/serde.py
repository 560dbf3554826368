"""How messages and state become bytes and back; input a handler did not ask for ends as 422, never as a retry."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from restate import ObjectContext, TerminalError
from restate.serde import Serde
from restate.server_context import current_context

from services import logs
from services.errors import refuse
from services.schema import Nothing

M = TypeVar("M", bound=BaseModel)


class Invalid(ValueError):
    """Bytes that are not the message they should be; says `field: why` and never the value."""


class Json(Serde[M], Generic[M]):
    """JSON in the shape of one pydantic model."""

    def __init__(self, model: type[M]) -> None:
        self.model = model

    def deserialize(self, buf: bytes) -> M:
        if self.model is Nothing and buf.strip() in (b"", b"null"):
            return self.model()
        try:
            return self.model.model_validate_json(buf)
        except ValidationError as error:
            raise Invalid(explain(error)) from None  # pydantic's own text holds the value

    def serialize(self, obj: M | None) -> bytes:
        return b"" if obj is None else obj.model_dump_json().encode()


def explain(error: ValidationError, whole: str = "request") -> str:
    """The first thing wrong, as `field: why`; `whole` names what was checked where no single field is to blame."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    # A field nobody knows is named by the sender: what does not look like a name might be a value.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]{0,63}", field):
        field = whole
    return f"{field}: {first['msg'].removeprefix('Value error, ')}"


def guard(key: str = "key", kind: Any = str) -> Callable[[], AbstractAsyncContextManager[None]]:
    """What stands around every invocation of a service; an object's key is a `kind`, called `key` in errors.

    The invocation's id goes into the log lines, a key of another shape is refused, and what the serde found wrong with
    the input becomes 422 (the SDK itself reports whatever a serde raises as 500).
    """
    keys: TypeAdapter[str] = TypeAdapter(kind)

    @asynccontextmanager
    async def around() -> AsyncIterator[None]:
        ctx = current_context()
        assert isinstance(ctx, ObjectContext)
        logs.invocation_id.set(ctx.request().id)
        try:
            keys.validate_python(ctx.key())
        except ValidationError as error:
            raise refuse("invalid", explain(error, key)) from None
        try:
            yield
        except TerminalError as error:
            if isinstance(error.__cause__, Invalid):
                raise refuse("invalid", str(error.__cause__)) from None
            raise

    return around
