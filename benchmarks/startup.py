"""startup: how long one waits before anything is proven.

- From nothing to a confirmed booking: from the opening of a session, with the tools installed and nothing running, to
  the first answer 200 of `Checkout.run`. That includes the check of the tools' versions, the reaper, the whole stack
  behind its links, the registration, and the booking itself. Python's own start and imports are before it.
- Start of a scenario: from the call of `prove` on a stack that runs, to the invocation of the first operation.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Figure, at_most, figure
from benchmarks.stacks import Bench, bookings
from chaos.session import Config, Session

RUNS, QUICK_RUNS = 10, 3
ONE_BOOKING = bookings(orders=1, clients=1)


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - these sessions are their own
    """Seconds from nothing to the first booking, and from `prove` to the first operation."""
    first_booking, scenario_start = [], []
    for _ in range(QUICK_RUNS if quick else RUNS):
        with TemporaryDirectory() as folder:
            opened_ms = time.time() * 1000
            async with Session.open(Config(), Path(folder), lambda _: None) as session:
                await session.prove(ONE_BOOKING, replay="")
                first_booking.append((_first(session, ONE_BOOKING.name, "ok") - opened_ms) / 1000)
                called_ms = time.time() * 1000
                await session.prove(ONE_BOOKING, replay="")
                scenario_start.append((_first(session, f"{ONE_BOOKING.name}-2", "invoke") - called_ms) / 1000)
    return [
        figure("startup", "nothing to a confirmed booking", "s", first_booking, at_most(2.5)),
        figure("startup", "start of a scenario", "s", scenario_start, at_most(0.3)),
    ]


def _first(session: Session, record: str, kind: str) -> float:
    """When the first event of a kind stands in a record's history, in milliseconds since the epoch."""
    lines = (session.folder / "records" / record / "history.jsonl").read_text("utf-8").splitlines()
    return next(float(event["at_ms"]) for event in map(json.loads, lines) if event["type"] == kind)
