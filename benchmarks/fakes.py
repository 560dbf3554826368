"""fakes: what the payment gateway and the mailer do alone, with 64 clients and nothing else to do.

Requests go straight to the data port, each with a key of its own; each is on disk before it is answered. The clients
are one Python process and may be what limits them: the fake's CPU time per request says what it could do beyond that.
"""

from __future__ import annotations

import time
import uuid

import httpx

from benchmarks import load
from benchmarks.cpu import usage
from benchmarks.report import Figure, figure
from benchmarks.stacks import Bench
from chaos.stack import Stack

RUNS, QUICK_RUNS = 5, 2
REQUESTS, QUICK_REQUESTS = 600, 200
CLIENTS = 64
CHARGE = {"amount_cents": 4_200, "currency": "EUR", "payment_token": "tok_ok", "mode": "direct"}
MESSAGE = {"to": "bench", "subject": "bench", "body": "bench"}


async def measure(bench: Bench, *, quick: bool) -> list[Figure]:
    """Charges and messages per second, and CPU milliseconds for each."""
    runs, requests = (QUICK_RUNS, QUICK_REQUESTS) if quick else (RUNS, REQUESTS)
    figures = []
    async with bench.stack(links=False) as stack:
        for fake, path, unit in (("gateway", "/v1/charges", "charges"), ("mailer", "/v1/messages", "messages")):
            measured = [await _requests(stack, fake, path, requests) for _ in range(runs + 1)][1:]  # the first warms up
            figures.append(figure("fakes", f"{fake} alone", f"{unit}/s", [rate for rate, _ in measured]))
            figures.append(figure("fakes", f"{fake}: CPU per request", "ms", [cpu_ms for _, cpu_ms in measured]))
    return figures


async def _requests(stack: Stack, fake: str, path: str, count: int) -> tuple[float, float]:
    """Requests per second, and the fake's CPU milliseconds for each. Raises httpx.HTTPStatusError when one fails."""

    async def ask(http: httpx.AsyncClient, key: str) -> None:
        body = CHARGE | {"order_id": key} if fake == "gateway" else MESSAGE
        response = await http.post(stack.links[fake].url + path, json=body, headers={"idempotency-key": key})
        response.raise_for_status()

    before = usage(stack)
    began = time.monotonic()
    await load.closed_loop(CLIENTS, [str(uuid.uuid4()) for _ in range(count)], ask)
    seconds = time.monotonic() - began
    return count / seconds, usage(stack).since(before)[fake] * 1000 / count
