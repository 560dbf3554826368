"""slicer: data through a link comes out in small pieces, with a pause after each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, Pace, toxic
from chaos.plan.step import Claim
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream

MOST_BYTES_PER_MS = 10


class Slicer(Fault):
    """Cuts the data on `link` in the direction of `stream` into pieces of at most `size_bytes`, `pause_ms` apart.

    More than 10 bytes per millisecond are refused: the pauses could not be told from those of a normal link.
    """

    fault: Literal["slicer"] = "slicer"
    link: LinkName
    size_bytes: int = Field(ge=1, le=1_000)
    pause_ms: int = Field(default=5, ge=1, le=1_000)
    stream: Stream = "downstream"

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "data passes the link no faster than a piece after each pause, and slower than before"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    @model_validator(mode="after")
    def _pauses_show(self) -> Slicer:
        if self.size_bytes > MOST_BYTES_PER_MS * self.pause_ms:
            raise ValueError(
                f"size_bytes: {self.size_bytes} every {self.pause_ms} ms; at most {MOST_BYTES_PER_MS * self.pause_ms} "
                f"({MOST_BYTES_PER_MS} per millisecond)"
            )
        return self

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link, "slicer", self.stream)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        pace = await Pace.now(stack, self.link, self.stream, self.size_bytes / self.pause_ms)
        injection.log("intended")
        attributes = {"average_size": self.size_bytes, "size_variation": 0, "delay": self.pause_ms * 1_000}
        async with toxic(stack, self.link, self.stream, name=injection.step, type_="slicer", attributes=attributes):
            injection.log("injected")
            await pace.observe(injection)
            yield
            injection.log("healing")
        injection.log("healed")
