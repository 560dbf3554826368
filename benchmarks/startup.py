"""startup: how long one waits before anything is proven.

- From nothing to a confirmed booking: from the opening of a session, with the tools installed and nothing running, to
  the first answer 200 of `Checkout.run`. That includes the check of the tools' versions, the reaper, the whole stack
  behind its links, the registration, and the booking itself. Python's own start and imports are before it.
- Start of a scenario: from the call of `prove` on a stack that runs, to the invocation of the first operation.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Figure, at_most, figure
from benchmarks.stacks import Bench, bookings, first_event, now_ms
from chaos.session import Config, Session

RUNS, QUICK_RUNS = 10, 3
ONE_BOOKING = bookings(orders=1, clients=1)


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:  # noqa: ARG001 - these sessions are their own
    """Seconds from nothing to the first booking, and from `prove` to the first operation."""
    first_booking, scenario_start = [], []
    for _ in range(QUICK_RUNS if quick else RUNS):
        with TemporaryDirectory() as folder:
            opened_ms = now_ms()
            async with Session.open(Config(), Path(folder), lambda _: None) as session:
                await session.prove(ONE_BOOKING, replay="")
                first_booking.append((first_event(session, ONE_BOOKING.name, "ok") - opened_ms) / 1000)
                called_ms = now_ms()
                await session.prove(ONE_BOOKING, replay="")
                scenario_start.append((first_event(session, f"{ONE_BOOKING.name}-2", "invoke") - called_ms) / 1000)
    return [
        figure("startup", "nothing to a confirmed booking", "s", first_booking, at_most(2.5)),
        figure("startup", "start of a scenario", "s", scenario_start, at_most(0.3)),
    ]
