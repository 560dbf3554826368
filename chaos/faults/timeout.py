"""timeout: a link is a black hole: connections stay open, and the bytes sent into it never arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import ClassVar, Literal, get_args

from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.faults.links import LINKS, LinkName, probe_link, quickest_ms, silence_s, toxic
from chaos.plan.step import Claim
from chaos.stack.probe import PATIENCE_S, Probe
from chaos.stack.stack import Stack
from chaos.stack.toxiproxy import Stream


class Timeout(Fault):
    """Loses every byte on `link` in the direction of `stream`, or in both, on open and new connections alike.

    With `timeout_ms` a connection is closed when nothing was sent on it for that long; without it, only by the heal,
    or by either end.
    """

    fault: Literal["timeout"] = "timeout"
    link: LinkName
    stream: Stream | Literal["both"] = "both"
    timeout_ms: int | None = Field(default=None, ge=1, le=60_000)

    targets: ClassVar[str] = LINKS
    effect: ClassVar[str] = "a request through the link gets no answer, not even a broken connection, until timeout_ms"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - links are not replicas
        return frozenset({("link", self.link)})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        before = await quickest_ms(stack, self.link)
        streams: tuple[Stream, ...] = get_args(Stream) if self.stream == "both" else (self.stream,)
        injection.log("intended")
        async with AsyncExitStack() as toxics:
            for stream in streams:
                name, attributes = f"{injection.step}-{stream}", {"timeout": self.timeout_ms or 0}
                await toxics.enter_async_context(
                    toxic(stack, self.link, stream, name=name, type_="timeout", attributes=attributes)
                )
            injection.log("injected")
            patience_s = PATIENCE_S + self.timeout_ms / 1000 if self.timeout_ms else silence_s(before)
            during = await probe_link(stack, self.link, patience_s, keep_alive=True)
            self._observe(injection, before, during)
            yield
            injection.log("healing")
        injection.log("healed")

    def _observe(self, injection: Injection, before_ms: float, during: Probe) -> None:
        if self.timeout_ms is None:
            injection.observe(
                f"outcome of a request, answered in {before_ms:.1f} ms before, within {silence_s(before_ms):.1f} s",
                "probe",
                before="answered",
                during=during.outcome,
                relation="equals",
                bound="timeout",
            )
            return
        injection.observe(
            "how long the link is silent before it closes the connection, ms",
            "probe",
            before=round(before_ms, 1),
            during=round(during.milliseconds, 1) if during.outcome in ("closed", "reset") else None,
            relation="at_least",
            bound=round(self.timeout_ms * 0.9, 1),
        )
