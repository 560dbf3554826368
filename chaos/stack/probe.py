"""A probe: plain HTTP requests to an address over their own connection, to see what a link does to them.

In a container it is started as `python -m chaos.stack.probe HOST PORT ASK`, with ASK a JSON list; prints the Probe.
"""

from __future__ import annotations

import asyncio
import email
import json
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal, NamedTuple

ProbeOutcome = Literal["answered", "refused", "reset", "closed", "timeout"]
PATIENCE_S = 5.0


class Probe(NamedTuple):
    """How a probe ended, how long that took in milliseconds, and how many bytes went out and came back."""

    outcome: ProbeOutcome
    milliseconds: float
    sent: int = 0
    received: int = 0


class Ask(NamedTuple):
    """What a probe is to do: see `probe` and `exchange`."""

    timeout_s: float
    requests: int = 1
    padding: int = 0
    keep_alive: bool = False
    to_the_end: bool = False
    hang_up: bool = False


@dataclass(frozen=True)
class Address:
    """Where something listens."""

    host: str
    port: int
    asked: Callable[[Ask], Awaitable[Probe]] | None = field(default=None, compare=False)
    """What probes it from where its clients are, if that is not this machine."""

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


async def probe(address: Address, timeout_s: float = PATIENCE_S, *, keep_alive: bool = False) -> Probe:
    """Connects, asks, and waits for the first byte. Any HTTP answer counts, whatever its status.

    With `keep_alive` the other side has no reason to close the connection after its answer.
    """
    return await _at(address, Ask(timeout_s, keep_alive=keep_alive))


async def exchange(
    address: Address, timeout_s: float = PATIENCE_S, *, requests: int = 1, padding: int = 0, hang_up: bool = False
) -> Probe:
    """Sends `requests` requests at once, each with `padding` extra bytes, and reads until the connection ends.

    The other side is asked to close after its last answer; with `hang_up`, this side closes its half at once instead.
    """
    return await _at(address, Ask(timeout_s, requests, padding, keep_alive=hang_up, to_the_end=True, hang_up=hang_up))


async def clock_ahead_s(address: Address, timeout_s: float = PATIENCE_S) -> float | None:
    """How many seconds the server's clock is ahead of ours, by its `date` header; null: it has none.

    That header has whole seconds. Raises OSError or TimeoutError when nobody answers.
    """
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection(address.host, address.port)
        try:
            writer.write(_requests(1, 0, keep_alive=False))
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
        finally:
            writer.close()
    told = email.message_from_bytes(head.partition(b"\r\n")[2])["date"]
    return parsedate_to_datetime(told).timestamp() - time.time() if told else None


def _requests(count: int, padding: int, *, keep_alive: bool) -> bytes:
    more = f"x-padding: {'x' * padding}\r\n" if padding else ""
    each = f"GET /restate/health HTTP/1.1\r\nhost: probe\r\n{more}"
    last = each if keep_alive else f"{each}connection: close\r\n"
    return (f"{each}\r\n" * (count - 1) + f"{last}\r\n").encode()


async def _at(address: Address, ask: Ask) -> Probe:
    return await (address.asked(ask) if address.asked else converse(address.host, address.port, ask))


async def converse(host: str, port: int, ask: Ask) -> Probe:
    """Probes as asked, from this machine."""
    content = _requests(ask.requests, ask.padding, keep_alive=ask.keep_alive)
    started, received = time.monotonic(), 0
    try:
        async with asyncio.timeout(ask.timeout_s):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(content)
                if ask.hang_up:
                    writer.write_eof()
                while data := await reader.read(65_536):
                    received += len(data)
                    if not ask.to_the_end:
                        break
                outcome: ProbeOutcome = "answered" if received else "closed"
            finally:
                writer.close()
    except ConnectionRefusedError:
        outcome = "refused"
    except ConnectionError:
        outcome = "reset"
    except TimeoutError:
        outcome = "timeout"
    return Probe(outcome, (time.monotonic() - started) * 1000, len(content), received)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(converse(sys.argv[1], int(sys.argv[2]), Ask(*json.loads(sys.argv[3]))))))
