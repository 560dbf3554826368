"""unsigned_request: somebody who is not Restate calls a private handler, straight at the endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Literal

import httpx
from pydantic import Field

from chaos.evidence.faultlog import Injection
from chaos.faults.fault import Fault
from chaos.stack.impostor import CONTENT_TYPE, invocation, signed_by_nobody
from chaos.stack.stack import Stack

PATH = "/invoke/Notifications/notify"
PATIENCE_S = 10
UNKNOWN_KEY = "publickeyv1_1111111111111111111111111111111111111111111"


class UnsignedRequest(Fault):
    """Asks for a mail `times` times without a signature, and as often with one that nobody made.

    Every mail asked for so has a key that begins with `notification:unsigned-<step>-`: an attempt at the mailer under
    such a key shows that the handler ran. There is nothing to heal.
    """

    fault: Literal["unsigned_request"] = "unsigned_request"
    times: int = Field(default=3, ge=1, le=100)

    targets: ClassVar[str] = "the endpoint, past Restate"
    effect: ClassVar[str] = "the endpoint answers each of them 401"
    needs: ClassVar[frozenset[str]] = frozenset({"link"})

    @asynccontextmanager
    async def inject(self, stack: Stack, injection: Injection) -> AsyncIterator[None]:
        key = stack.identity_key or UNKNOWN_KEY
        kinds: list[dict[str, str]] = [{}, signed_by_nobody(key, PATH)] * self.times
        injection.log("intended")
        injection.log("injected")
        answers = [
            await _ask(stack, f"unsigned-{injection.step}-{number}", headers) for number, headers in enumerate(kinds)
        ]
        injection.observe(
            "answers to calls that Restate did not sign",
            "endpoint",
            during=list(answers),
            relation="equals",
            bound=[httpx.codes.UNAUTHORIZED.value] * len(kinds),
        )
        yield
        injection.log("healing")
        injection.log("healed")


async def _ask(stack: Stack, name: str, signature: dict[str, str]) -> int:
    """The status with which the endpoint answers a call that would send a mail."""
    mail = {"notification_id": name, "kind": "booking_confirmed", "order_id": name, "to": name}
    response = await stack.http.post(
        stack.link("endpoint").url + PATH,
        content=invocation(name, mail),
        headers={"content-type": CONTENT_TYPE} | signature,
        timeout=PATIENCE_S,
    )
    return response.status_code
