"""When a server of the stack is up: it answers."""

from __future__ import annotations

import httpx

from chaos.waiting import NotYet


async def answers(client: httpx.AsyncClient, url: str) -> None:
    """Raises NotYet while a GET of `url` is not answered with 200."""
    try:
        response = await client.get(url, timeout=2)
    except httpx.TransportError as error:
        raise NotYet(f"{url}: {type(error).__name__}") from error
    if response.status_code != httpx.codes.OK:
        raise NotYet(f"{url}: HTTP {response.status_code}")
