"""A probe: one plain HTTP request to an address over a connection of its own, to see what a link does to it."""

from __future__ import annotations

import asyncio
import time
from typing import Literal, NamedTuple

from chaos.stack import Address

ProbeOutcome = Literal["answered", "refused", "reset", "closed", "timeout"]
_REQUEST = "GET /restate/health HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"


class Probe(NamedTuple):
    """How a probe ended and how long it took, in milliseconds."""

    outcome: ProbeOutcome
    milliseconds: float


async def probe(address: Address, timeout_s: float = 5) -> Probe:
    """Connects, asks, and waits for the first byte. Any HTTP answer counts, whatever its status."""
    started = time.monotonic()
    outcome = await _ask(address, timeout_s)
    return Probe(outcome, (time.monotonic() - started) * 1000)


async def _ask(address: Address, timeout_s: float) -> ProbeOutcome:
    try:
        async with asyncio.timeout(timeout_s):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            try:
                writer.write(_REQUEST.format(host=address.host).encode())
                await writer.drain()
                return "answered" if await reader.read(1) else "closed"
            finally:
                writer.close()
    except ConnectionRefusedError:
        return "refused"
    except ConnectionError:
        return "reset"
    except TimeoutError:
        return "timeout"
