"""The clients: they call through the ingress link, write down what they are told, and later ask what became of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import JsonValue

from chaos.contract import REFUSED_CODES, error_code
from chaos.errors import ChaosError
from chaos.history import HistoryEvent, Operation, operations
from chaos.plan import Call, Load

NEVER_RAN_STATUSES = frozenset({400, 413, 415})  # answered by the ingress itself, before the handler
ANSWER_PATIENCE_S = 60.0
ATTACH_PATIENCE_S = 5.0
Conclusion = Mapping[str, Any]


class Clients:
    """Drives one load through one ingress and keeps its history.

    Each operation is sent once: a lost answer is `info`, never a reason to send again.
    """

    def __init__(self, ingress_url: str, http: httpx.AsyncClient, scope: str) -> None:
        self._ingress = ingress_url
        self._http = http
        self._scope = scope
        self._seq = 0
        self.events: list[HistoryEvent] = []
        self.ended = 0

    async def open(self, load: Load) -> None:
        """Opens the load's events, while nothing is broken yet. Raises ChaosError when the app refuses."""
        for call in load.opening:
            response = await self._post(call)
            if response.is_error:
                raise ChaosError(f"{call.target} was refused: HTTP {response.status_code} {response.text[:300]}")

    async def run(self, load: Load) -> None:
        """Closed loop: each client takes the next operation as soon as it has the answer to its last."""
        waiting = iter(load.operations)
        async with asyncio.TaskGroup() as group:
            for process in range(load.clients):
                group.create_task(self._client(process, waiting, load.think_ms / 1000))

    async def _client(self, process: int, waiting: Iterator[Call], think_s: float) -> None:
        for call in waiting:
            await self._operate(process, call)
            await asyncio.sleep(think_s)

    async def _operate(self, process: int, call: Call) -> None:
        self._note("invoke", call, process, input=call.input)
        started = time.monotonic()
        try:
            told = conclude(await self._post(call))
        except httpx.TimeoutException:
            told = {"type": "info", "code": "timeout"}
        except httpx.TransportError as error:
            told = {"type": "info", "code": "connection", "message": type(error).__name__}
        latency_ms = round((time.monotonic() - started) * 1000, 1)
        self._note(told["type"], call, process, latency_ms=latency_ms, **{k: v for k, v in told.items() if k != "type"})
        self.ended += 1

    async def _post(self, call: Call) -> httpx.Response:
        headers = {} if call.handler == "run" else {"idempotency-key": self._idempotency_key(call)}
        url = f"{self._ingress}/{call.service}/{quote(call.key, safe='')}/{call.handler}"
        return await self._http.post(url, json=call.input, headers=headers, timeout=ANSWER_PATIENCE_S)

    def _idempotency_key(self, call: Call) -> str:
        return f"{self._scope}-{call.number}"

    def unresolved(self) -> list[Operation]:
        """The operations whose outcome is not known yet."""
        return [operation for operation in operations(self.events) if operation.conclusion == "info"]

    async def resolve(self, load: Load) -> None:
        """Attaches to every operation whose answer never came, and notes what it turned out to be, if that is known."""
        calls = {call.number: call for call in load.operations}
        async with asyncio.TaskGroup() as group:
            for operation in self.unresolved():
                group.create_task(self._attach(operation.process, calls[operation.number]))

    async def _attach(self, process: int, call: Call) -> None:
        key = quote(call.key, safe="")
        if call.handler == "run":
            path = f"/restate/workflow/{call.service}/{key}/attach"
        else:
            path = f"/restate/invocation/{call.service}/{key}/{call.handler}/{self._idempotency_key(call)}/attach"
        try:
            response = await self._http.get(self._ingress + path, timeout=ATTACH_PATIENCE_S)
        except httpx.TransportError:
            return
        told = (
            {"type": "fail", "code": "never_ran"}
            if response.status_code == httpx.codes.NOT_FOUND
            else conclude(response)
        )
        if told["type"] != "info":
            known = {name: value for name, value in told.items() if name != "type"}
            self._note("resolve", call, process, conclusion=told["type"], **known)

    def failed_late(self) -> list[str]:
        """Orders that failed or were lost after they had a seat, and whose status may tell of compensations."""
        checkouts = [operation for operation in operations(self.events) if operation.service == "Checkout"]
        early = REFUSED_CODES | {"never_ran", "refused_by_ingress"}
        return [each.key for each in checkouts if each.conclusion != "ok" and each.code not in early]

    async def read(self, service: str, key: str, handler: str) -> JsonValue:
        """A final read: the answer's body, or {"error": …} when it could not be had."""
        url = f"{self._ingress}/{service}/{quote(key, safe='')}/{handler}"
        try:
            response = await self._http.post(url, timeout=ANSWER_PATIENCE_S)
            answer: JsonValue = response.json()
        except (httpx.TransportError, ValueError) as error:
            return {"error": type(error).__name__}
        return answer if response.is_success else {"error": answer}

    def _note(self, type_: Any, call: Call, process: int, **told: Any) -> None:
        self._seq += 1
        self.events.append(
            HistoryEvent(
                seq=self._seq,
                at_ms=time.time_ns() // 1_000_000,
                type=type_,
                operation=call.number,
                process=process,
                target=call.target,
                **told,
            )
        )


def conclude(response: httpx.Response) -> Conclusion:
    """What a client may conclude from an answer, by the contract: ok, fail, or info when it proves nothing."""
    if response.is_success:
        return {"type": "ok", "status": response.status_code, "output": _json(response)}
    body = _json(response)
    message = body.get("message", "") if isinstance(body, dict) else ""
    code = error_code(message) if isinstance(message, str) else None
    if code is not None:
        return {"type": "fail", "status": response.status_code, "code": code, "message": message}
    source = response.headers.get("x-restate-error-source")
    if source == "ingress" and response.status_code in NEVER_RAN_STATUSES:
        return {"type": "fail", "status": response.status_code, "code": "refused_by_ingress", "message": str(message)}
    return {"type": "info", "status": response.status_code, "code": "unclear", "message": str(message)[:300] or None}


def _json(response: httpx.Response) -> Any:
    try:
        return json.loads(response.content) if response.content else None
    except ValueError:
        return None
