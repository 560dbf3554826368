"""fakes: what the payment gateway and the mailer do alone, with 64 clients and nothing else to do.

Requests go straight to the data port, each with a key of its own; each is on disk before it is answered. The clients
are one Python process and may be what limits them: the fake's CPU time per request says what it could do beyond that.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import httpx

from benchmarks import load
from benchmarks.cpu import usage
from benchmarks.report import Figure, figure
from benchmarks.stacks import Bench
from chaos.stack.stack import Stack

RUNS, QUICK_RUNS = 6, 2
SECONDS = 1.5
CLIENTS = 64
CHARGE = {"amount_cents": 4_200, "currency": "EUR", "payment_token": "tok_ok", "mode": "direct"}
MESSAGE = {"to": "bench", "subject": "bench", "body": "bench"}


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Charges and messages per second, and CPU milliseconds for each."""
    runs = QUICK_RUNS if quick else RUNS
    figures = []
    async with bench.stack(links=False) as stack:
        for fake, path, unit in (("gateway", "/v1/charges", "charges"), ("mailer", "/v1/messages", "messages")):
            measured = [await _requests(stack, fake, path) for _ in range(runs + 1)][1:]  # the first opens files
            figures.append(figure("fakes", f"{fake} alone", f"{unit}/s", [rate for rate, _ in measured]))
            figures.append(figure("fakes", f"{fake}: CPU per request", "ms", [cpu_ms for _, cpu_ms in measured]))
    return figures


async def _requests(stack: Stack, fake: str, path: str) -> tuple[float, float]:
    """Requests per second, and the fake's CPU milliseconds for each. Raises ChaosError when one fails."""
    answered: list[str] = []

    async def ask(http: httpx.AsyncClient, key: str) -> None:
        body = CHARGE | {"order_id": key} if fake == "gateway" else MESSAGE
        response = await http.post(stack.links[fake].url + path, json=body, headers={"idempotency-key": key})
        response.raise_for_status()
        answered.append(key)

    before = usage(stack)
    await load.closed_loop(CLIENTS, _keys(), ask)
    after = usage(stack)
    return len(answered) / (after.at_s - before.at_s), after.since(before)[fake] * 1000 / len(answered)


def _keys() -> Iterator[str]:
    """New keys for as long as one measurement lasts."""
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        yield str(uuid.uuid4())
