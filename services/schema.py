"""The words all messages are made of, and the strict model every input derives from."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

NAME_CHARACTERS = 200
LIST_ITEMS = 1_000
HUNDRED_YEARS_MS = 100 * 31_557_600_000


def _printable(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    if not text.isprintable():
        raise ValueError("must not contain control characters")
    return text


def _no_colon(text: str) -> str:
    if ":" in text:
        raise ValueError("must not contain a colon")
    return text


def _canonical_uuid(text: str) -> str:
    try:
        canonical = str(uuid.UUID(text)) == text.lower()
    except ValueError:
        canonical = False
    if not canonical:
        raise ValueError("must be a UUID")
    return text


Name = Annotated[str, StringConstraints(min_length=1, max_length=NAME_CHARACTERS), AfterValidator(_printable)]
SeatId = Annotated[Name, AfterValidator(_no_colon)]
# ASCII, short, and nothing that JSON escapes, so that a ticket's state stays below 1 kB whoever holds it.
OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
OrderUuid = Annotated[str, AfterValidator(_canonical_uuid)]
Cents = Annotated[int, Field(ge=0, le=10**12)]
HoldMs = Annotated[int, Field(ge=1, le=HUNDRED_YEARS_MS)]
Round = Annotated[int, Field(ge=1, le=2**53)]
Version = Annotated[int, Field(ge=0, le=2**53)]
SeatStatus = Literal["AVAILABLE", "RESERVED", "SOLD"]

_seat_id: TypeAdapter[str] = TypeAdapter(SeatId)
_name: TypeAdapter[str] = TypeAdapter(Name)


def _event_and_seat(key: str) -> str:
    event_id, colon, seat_id = key.rpartition(":")
    if not colon:
        raise ValueError("must be event_id:seat_id")
    _name.validate_python(event_id)
    _seat_id.validate_python(seat_id)
    return key


TicketKey = Annotated[str, AfterValidator(_event_and_seat)]


class Message(BaseModel):
    """Input and output of handlers: types are not coerced, unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Nothing(Message):
    """The input of a handler that wants none: an empty body, null or {}."""


class Stored(BaseModel):
    """A value in an object's state; fields of a newer version are ignored: old and new endpoints may share it."""

    model_config = ConfigDict(frozen=True)
