"""What the link faults share: naming a link, and one toxic that is put on and taken off again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from chaos.probe import Probe, probe
from chaos.stack import Stack
from chaos.toxiproxy import Attributes

LinkName = Literal["ingress", "endpoint", "gateway", "mailer"]
Stream = Literal["downstream", "upstream"]  # Toxiproxy's: downstream is towards the client of the link


async def probe_link(stack: Stack, link: str, timeout_s: float = 5) -> Probe:
    """One request through a link, as its clients would make it."""
    return await probe(stack.link(link), timeout_s)


@asynccontextmanager
async def toxic(
    stack: Stack, link: str, stream: Stream, *, name: str, type_: str, attributes: Attributes
) -> AsyncIterator[None]:
    """One toxic on a link for as long as the context lasts."""
    await stack.toxiproxy.add_toxic(link, name, type_, stream, attributes)
    try:
        yield
    finally:
        await stack.toxiproxy.remove_toxic(link, name)
