"""State of any version can be read, and what is written says its version: what an upgrade under load rests on."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from services import event, notifications, orders, saga, seat, seat_map, signup, ticket, user_session
from services.schema import Stored
from services.serde import Invalid
from services.state import Kept, Versioned

KEPT = [
    event.TERMS,
    ticket.SEAT,
    seat_map.MAP,
    saga.PROGRESS,
    orders.ORDER,
    notifications.INBOX,
    user_session.SESSION,
    signup.PROGRESS,
]
TERMS = event.Terms(seats=["A1"], price_cents=1, currency="EUR", hold_ms=2_500, auto_reset=False)
MAP = seat_map.SeatMap(listed=["A1"], seen={"A1": seat_map.Seen(status="SOLD", round=1, version=2)})

# What each version wrote, kept here as bytes: code cannot change what is already in the state of objects.
TERMS_V1 = b'{"open":true,"seats":["A1"],"price_cents":1,"currency":"EUR","auto_reset":false,"round":1,"hold_s":2.5}'
MAP_V1 = (
    b'{"listed":["A1"],"auto_reset":false,"round":1,"seen":{"A1":{"status":"SOLD","round":1,"version":2}},"sold":1}'
)


class Point(Stored):
    x: int
    y: int = 0


POINT = Versioned(Point, lambda fields: {"x": fields["left"]}, lambda fields: {**fields, "y": -fields.pop("depth", 0)})


class Context:
    """An object's state, and what a handler does to it."""

    def __init__(self, **state: bytes) -> None:
        self.state = state
        self.did: list[str] = []

    async def get(self, key: str, serde: Any) -> Any:
        return serde.deserialize(self.state[key]) if key in self.state else None

    def set(self, key: str, value: Any, serde: Any) -> None:
        self.did.append(f"set {key}")
        self.state[key] = serde.serialize(value)

    def clear(self, key: str) -> None:
        self.did.append(f"clear {key}")
        self.state.pop(key, None)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.serde.model.__module__)
def test_every_state_says_its_version(kept: Kept[Any]) -> None:
    samples = {
        event.Terms: TERMS,
        seat_map.SeatMap: MAP,
        orders.Order: orders.Order(fingerprint="f"),
        signup.Progress: signup.Progress(stage="WAITING", secret_sha256="s"),
    }
    value = samples.get(kept.serde.model) or kept.serde.model()
    written = kept.serde.serialize(value)
    assert json.loads(written)["schema"] == kept.serde.schema
    assert kept.serde.deserialize(written) == value


@pytest.mark.parametrize(
    ("stored", "means"),
    [
        ({"left": 3}, Point(x=3)),
        ({"schema": 1, "left": 3}, Point(x=3)),
        ({"schema": 2, "x": 3, "depth": 4}, Point(x=3, y=-4)),
        ({"schema": 3, "x": 3, "y": 5}, Point(x=3, y=5)),
        ({"schema": 9, "x": 3, "y": 5, "z": 1}, Point(x=3, y=5)),
    ],
    ids=["no version is version 1", "version 1", "version 2", "the current", "a newer"],
)
def test_a_value_of_any_version_is_read(stored: dict[str, int], means: Point) -> None:
    assert POINT.deserialize(json.dumps(stored).encode()) == means


@pytest.mark.parametrize("stored", [b"{}", b"[]", b"x", b'{"schema":"new"}', b'{"schema":3}'])
def test_a_value_that_is_of_no_version_is_invalid(stored: bytes) -> None:
    with pytest.raises(Invalid):
        POINT.deserialize(stored)


def test_a_removed_field_is_carried_over() -> None:
    assert event.TERMS.serde.deserialize(TERMS_V1) == TERMS
    assert seat_map.MAP.serde.deserialize(MAP_V1) == MAP
    assert b"hold_s" not in event.TERMS.serde.serialize(TERMS)
    assert b"sold" not in seat_map.MAP.serde.serialize(MAP)


@pytest.mark.parametrize("character", ["u", '"', "ü", "\U0001f600"])
def test_a_ticket_stays_small_whoever_holds_it(character: str) -> None:
    wanted = ticket.Reserve(user_id=character * 200, order_id="o" * 64, hold_ms=3_155_760_000_000)
    assert wanted.hold_ms
    held = seat.reserve(
        seat.Seat(round=10**12, version=10**12), wanted.user_id, wanted.order_id, 2 * 10**12 + wanted.hold_ms
    )
    written = ticket.SEAT.serde.serialize(held)
    assert len(written) <= 1_000
    assert ticket.SEAT.serde.deserialize(written) == held


async def test_a_renamed_key_is_read_without_a_write_and_moved_by_the_next_one() -> None:
    ctx: Any = Context(seats=MAP_V1)
    assert await seat_map.MAP.read(ctx) == MAP
    assert ctx.did == []
    seat_map.MAP.write(ctx, MAP)
    assert list(ctx.state) == ["map"]
    assert await seat_map.MAP.read(ctx) == MAP


async def test_the_current_key_counts_before_the_old_one() -> None:
    newer = MAP.model_copy(update={"round": 2})
    ctx: Any = Context(seats=MAP_V1, map=seat_map.MAP.serde.serialize(newer))
    assert await seat_map.MAP.read(ctx) == newer


async def test_what_was_never_kept_is_none_and_a_key_that_never_changed_is_not_cleared() -> None:
    ctx: Any = Context()
    assert await seat_map.MAP.read(ctx) is None
    assert await ticket.SEAT.read(ctx) is None
    ticket.SEAT.write(ctx, ticket.Seat())
    assert ctx.did == ["set ticket"]


@pytest.mark.integration
def test_version_1_wrote_what_is_kept_here_and_reads_it() -> None:
    # In a process of its own, since it changes the services for good.
    code = (
        "import sys, versions.nexus_v1\n"
        "from services import event, seat_map, ticket\n"
        "for kept, old in zip((event.TERMS, seat_map.MAP), sys.argv[1:], strict=True):\n"
        "    value = kept.serde.deserialize(old.encode())\n"
        "    assert kept.serde.deserialize(kept.serde.serialize(value)) == value\n"
        "    assert kept.serde.serialize(value).replace(b' ', b'') == old.encode(), kept.serde.serialize(value)\n"
        "assert b'schema' not in ticket.SEAT.serde.serialize(ticket.Seat())\n"
    )
    subprocess.run([sys.executable, "-c", code, TERMS_V1.decode(), MAP_V1.decode()], check=True, timeout=60)
