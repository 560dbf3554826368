"""The clients: they call through the ingress link, record what they are told, and later resolve what is unknown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import JsonValue

from chaos.errors import ChaosError, WaitTimedOut
from chaos.evidence.history import HistoryEvent, Operation, operations
from chaos.evidence.journal import Invocation
from chaos.plan.workload import Awaits, Call, Load
from chaos.system.system import System
from chaos.waiting import NotYet, until

CANCELLED = "cancelled"  # Restate's own word, and no code of any app: an operator ended the invocation
NEVER_RAN_STATUSES = frozenset({400, 413, 415})  # answered by the ingress itself, before any handler
ANSWER_PATIENCE_S = 60.0
ATTACH_PATIENCE_S = 5.0
MAIL_PATIENCE_S = 30.0
POLL_S = 0.05
NO_TLS = ssl.SSLContext(
    ssl.PROTOCOL_TLS_CLIENT
)  # trusts nobody and is never used: without it each client would load the system's certificates
Conclusion = Mapping[str, Any]


def own_connection() -> httpx.AsyncClient:
    """An HTTP client for one simulated client, with its own connection, as in real life.

    A pool shared by all would scan all its connections whenever one client sends: quadratic in clients.
    """
    return httpx.AsyncClient(trust_env=False, verify=NO_TLS, timeout=ANSWER_PATIENCE_S)


@dataclass(frozen=True)
class Mailbox:
    """Where clients find what was mailed to them: `read` returns an address's mails, `learn` is given the secrets."""

    read: Callable[[str], Awaitable[list[dict[str, Any]]]]
    learn: Callable[[str], None]


@dataclass(frozen=True)
class _Instant:
    """One moment on both clocks. Both are read when a load begins, and due times count from there."""

    at_ms: int
    monotonic_s: float


class Clients:
    """Drives one load through one ingress and keeps its history.

    Each operation is sent once: a lost answer is `info`, never a reason to send again.
    """

    def __init__(
        self, ingress_url: str, http: httpx.AsyncClient, scope: str, system: System, mailbox: Mailbox | None
    ) -> None:
        self._ingress = ingress_url
        self._http = http
        self._scope = scope
        self._system = system
        self.workflows = frozenset[str]()  # services whose runs take no idempotency key: their key already is one
        self._mailbox = mailbox
        self._has_ended: dict[int, asyncio.Event] = {}
        self._absent: dict[int, int] = {}  # operations that Restate does not know: number → client
        self._seq = 0
        self.events: list[HistoryEvent] = []
        self.ended = 0
        self.under_way = 0

    async def open(self, load: Load) -> None:
        """Opens the load's events, while nothing is broken yet. Raises ChaosError when the app refuses."""
        for call in load.opening:
            response = await self._post(self._http, call)
            if response.is_error:
                raise ChaosError(f"{call.target} was refused: HTTP {response.status_code} {response.text[:300]}")

    async def run(self, load: Load) -> None:
        """Works through a load, or a part of it, each client one operation at a time.

        Closed loop: a client takes the next operation as soon as it has the answer to its last, so a stall keeps it
        from sending, and the wait is never counted (coordinated omission: Gil Tene, "How NOT to Measure Latency").
        Open loop: each operation is sent when it is due, and its latency counts from then, as in wrk2. At most
        `load.clients` are under way at once; an operation that finds them all busy is sent late, and that counts.
        """
        waiting = iter(tuple(zip_longest(load.operations, load.arrivals_ms)))
        began = _Instant(_now_ms(), time.monotonic())
        self._has_ended |= {call.number: asyncio.Event() for call in load.operations}
        async with asyncio.TaskGroup() as group:
            for process in range(load.clients):
                group.create_task(self._client(process, waiting, began, load.think_ms / 1000))

    async def _client(
        self, process: int, waiting: Iterator[tuple[Call, int | None]], began: _Instant, think_s: float
    ) -> None:
        async with own_connection() as http:
            for call, arrival_ms in waiting:
                due = None
                if arrival_ms is not None:
                    due = _Instant(began.at_ms + arrival_ms, began.monotonic_s + arrival_ms / 1000)
                    await asyncio.sleep(due.monotonic_s - time.monotonic())
                if call.after is not None:
                    await self._has_ended[call.after].wait()
                if call.awaits:
                    await self._comes_true(call.awaits)
                secret = await self._mailed_secret(call)
                await self._operate(http, process, call, secret, due)
                self._has_ended[call.number].set()
                await asyncio.sleep(think_s)

    async def _comes_true(self, awaited: Awaits) -> None:
        async def is_so() -> None:
            answer = await self.read(awaited.target)
            if not isinstance(answer, dict) or any(answer.get(name) != value for name, value in awaited.equals.items()):
                raise NotYet(answer)

        with contextlib.suppress(WaitTimedOut):
            await until(is_so, awaited.target, awaited.patience_s, POLL_S)

    async def _mailed_secret(self, call: Call) -> str | None:
        """The last word of the newest mail to the address that the call names; None if there is none."""
        address, mailbox = call.secret_mailed_to, self._mailbox
        if address is None or mailbox is None:
            return None

        async def newest() -> str:
            try:
                mails = await mailbox.read(address)
            except httpx.HTTPError as error:
                raise NotYet(type(error).__name__) from error
            if not mails:
                raise NotYet("no mail")
            return _secret_in(mails[-1])

        try:
            secret = await until(newest, "a mail", MAIL_PATIENCE_S, POLL_S)
        except WaitTimedOut:
            return None
        mailbox.learn(secret)
        return secret

    async def learn_unanswered(self, load: Load) -> None:
        """Registers every secret that was mailed, so that none reaches the evidence, even if nobody sent it back."""
        if self._mailbox is None:
            return
        for address in self._system.mailed(load):
            with contextlib.suppress(httpx.HTTPError):
                for mail in await self._mailbox.read(address):
                    self._mailbox.learn(_secret_in(mail))

    async def _operate(
        self, http: httpx.AsyncClient, process: int, call: Call, secret: str | None, due: _Instant | None
    ) -> None:
        """One operation, recorded as decided: a secret that is sent with it is never written down."""
        started = time.monotonic() if due is None else due.monotonic_s
        self._note("invoke", call, process, input=call.input, intended_at_ms=due and due.at_ms)
        self.under_way += 1
        if secret is not None:
            call = call.model_copy(update={"input": {**_fields(call.input), "secret": secret}})
        try:
            told = conclude(await self._post(http, call), self._system.error_code)
        except httpx.TimeoutException:
            told = {"type": "info", "code": "timeout"}
        except httpx.RequestError as error:
            told = {"type": "info", "code": "connection", "message": type(error).__name__}
        latency_ms = round((time.monotonic() - started) * 1000, 1)
        self._note(told["type"], call, process, latency_ms=latency_ms, **{k: v for k, v in told.items() if k != "type"})
        self.ended += 1
        self.under_way -= 1

    async def _post(self, http: httpx.AsyncClient, call: Call) -> httpx.Response:
        headers = {} if call.service in self.workflows else {"idempotency-key": self._idempotency_key(call)}
        return await http.post(
            f"{self._ingress}/{_path(call.target)}", json=call.input, headers=headers, timeout=ANSWER_PATIENCE_S
        )

    def _idempotency_key(self, call: Call) -> str:
        return f"{self._scope}-{call.number}"

    def unresolved(self) -> list[Operation]:
        """The operations whose outcome is unknown but can be asked for, except those that Restate does not know."""
        return [
            operation
            for operation in operations(self.events)
            if operation.conclusion == "info"
            and operation.number not in self._absent
            and (operation.service not in self.workflows or operation.handler == "run")
        ]

    async def resolve(self, load: Load) -> None:
        """Attaches to every operation whose answer never came, and records how it turned out, if that is known."""
        calls = {call.number: call for call in load.operations}
        async with asyncio.TaskGroup() as group:
            for operation in self.unresolved():
                group.create_task(self._attach(operation.process, calls[operation.number]))

    async def _attach(self, process: int, call: Call) -> None:
        if call.service in self.workflows:
            path = f"/restate/workflow/{call.service}/{quote(call.key, safe='')}/attach"
        else:
            path = f"/restate/invocation/{_path(call.target)}/{self._idempotency_key(call)}/attach"
        try:
            response = await self._http.get(self._ingress + path, timeout=ATTACH_PATIENCE_S)
        except httpx.TransportError:
            return
        told = conclude(response, self._system.error_code)  # an order may itself have failed with 404
        if told["type"] == "info" and told["message"] == CANCELLED and response.status_code == httpx.codes.CONFLICT:
            told = {**told, "type": "fail", "code": "ended_by_operator"}  # known: there is no other answer to come
        if told["type"] == "info" and response.status_code == httpx.codes.NOT_FOUND:
            self._absent[call.number] = process
        elif told["type"] != "info":
            known = {name: value for name, value in told.items() if name != "type"}
            self._note("resolve", call, process, conclusion=told["type"], **known)

    def settle_absent(self, load: Load, invocations: Collection[Invocation]) -> None:
        """Records as never run what Restate did not know, unless the evidence shows that it arrived after all."""
        runs = {(each.service, each.key, each.handler) for each in invocations if each.service in self.workflows}
        keys = {each.idempotency_key for each in invocations}
        for call in load.operations:
            came = (call.service, call.key, call.handler) in runs or self._idempotency_key(call) in keys
            if call.number in self._absent and not came:
                self._note("resolve", call, self._absent[call.number], conclusion="fail", code="never_ran")

    def told(self) -> list[Operation]:
        """The operations with their outcomes, without those that Restate does not know."""
        return [each for each in operations(self.events) if each.conclusion == "ok" or each.number not in self._absent]

    async def read(self, target: str) -> JsonValue:
        """A public read, "Greeter/ada/get": the answer's body, or {"error": …} when it failed."""
        try:
            response = await self._http.post(f"{self._ingress}/{_path(target)}", timeout=ANSWER_PATIENCE_S)
            answer: JsonValue = _json(response)
        except httpx.RequestError as error:
            return {"error": type(error).__name__}
        return answer if response.is_success else {"error": answer}

    def _note(self, type_: Any, call: Call, process: int, **told: Any) -> None:
        self._seq += 1
        self.events.append(
            HistoryEvent(
                seq=self._seq,
                at_ms=_now_ms(),
                type=type_,
                operation=call.number,
                process=process,
                target=call.target,
                **told,
            )
        )


def conclude(response: httpx.Response, error_code: Callable[[str], str | None] | None) -> Conclusion:
    """What a client may conclude from an answer: ok, fail, or info when it proves nothing."""
    if response.is_success:
        return {"type": "ok", "status": response.status_code, "output": _json(response)}
    body = _json(response)
    message = body.get("message", "") if isinstance(body, dict) else ""
    source = response.headers.get("x-restate-error-source")
    code = _code(response, source, message, error_code) if isinstance(message, str) else None
    if code is not None:
        return {"type": "fail", "status": response.status_code, "code": code, "message": message}
    if source == "ingress" and response.status_code in NEVER_RAN_STATUSES:
        return {"type": "fail", "status": response.status_code, "code": "refused_by_ingress", "message": str(message)}
    return {"type": "info", "status": response.status_code, "code": "unclear", "message": str(message)[:300] or None}


def _code(
    response: httpx.Response, source: str | None, message: str, error_code: Callable[[str], str | None] | None
) -> str | None:
    """The code of a terminal error; for an app whose codes are not described, the status the invocation ended with."""
    if error_code is not None:
        return error_code(message)
    return f"http_{response.status_code}" if source == "invocation" else None


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _secret_in(mail: dict[str, Any]) -> str:
    """The last word of its body."""
    return next(reversed(str(mail["body"]).split()), "")


def _path(target: str) -> str:
    return "/".join(quote(part, safe="") for part in target.split("/"))


def _fields(body: JsonValue) -> dict[str, JsonValue]:
    return body if isinstance(body, dict) else {}


def _json(response: httpx.Response) -> Any:
    """The body as JSON; None for anything else, including text that no UTF-8 file can hold."""
    try:
        value = json.loads(response.content) if response.content else None
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value
