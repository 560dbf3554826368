"""One attempt's path through a fake: into the ledger, through the rule that acts on it, to effect and answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from chaos.fakes.errands import Courier, Errand
from chaos.fakes.exchange import Answer, Desk, Request, refusal
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.rules import (
    AcceptThenFail,
    Delay,
    DropAfterEffect,
    DropBeforeEffect,
    ForgetKeys,
    Hang,
    Hold,
    InProgress,
    Lag,
    Point,
    Respond,
    Rule,
    SlowBody,
    Webhook,
)
from chaos.fakes.wire import Wire

GONE = "the client went"
STALE = "stale"  # an answer that would be another if it told how things stand now
PROMPT = Webhook(do="webhook", deliver="once")


@dataclass(frozen=True)
class Premises:
    """What all attempts at one fake share."""

    desk: Desk[Any]
    store: LedgerStore[Any]
    courier: Courier | None  # None if it never notifies anybody later
    hold: Callable[[str, dict[str, Any]], Awaitable[None]]  # stops an attempt for a rule until it is released
    as_it_was: Callable[[int], Desk[Any]]  # the desk of so many milliseconds ago; blocks


class Visit:
    """An attempt that has arrived. `row` is what all its ledger rows have in common."""

    def __init__(
        self, premises: Premises, request: Request, wire: Wire, rule: Rule | None, row: dict[str, Any]
    ) -> None:
        self._at = premises
        self._request = request
        self._wire = wire
        self._rule = rule
        self._action = rule.action if rule else None
        self._row = row
        self.is_first = True  # no other attempt at the same, with the same key, is under way
        self._ended = False
        self._errand: Errand | None = None  # the webhook that this attempt owes

    async def run(self) -> None:
        """Carries the attempt out. If the fake is stopped meanwhile, the attempt is dropped."""
        await self._at.store.sync()  # the arrival is durable before anything else happens
        try:
            match self._action:
                case Respond(status=status, headers=headers) as respond:
                    await self._reply(status, respond.content(), headers, respond.code())
                case Hang():
                    await self._wire.wait_gone()
                    self._drop("hung until the client went")
                case DropBeforeEffect():
                    self._drop("drop_before_effect")
                case InProgress() if not self.is_first:
                    await self._answer(refusal(409, "in_progress", "an earlier attempt with this key has not ended"))
                case Lag(behind_ms=behind_ms) if self._request.method == "GET":
                    await self._tell_old_news(behind_ms)
                case _:
                    await self._honestly()
            if self._errand and self._at.courier:
                self._at.courier.start(self._errand)
        except asyncio.CancelledError:
            if not self._ended:
                self._drop("the fake was stopped")
            raise

    async def _honestly(self) -> None:
        """Carries out the effect, and what the rule does around it."""
        await self._stop_at("before_effect")
        if isinstance(self._action, ForgetKeys) and self._row["key"] is not None:
            self._record(effect="forget")
        answer = await self._take_effect()
        if self._errand and self._at.courier and self._errand.plan.deliver == "before_answer":
            await self._at.courier.carry(self._errand)
            self._errand = None
        await self._stop_at("after_effect")
        match self._action:
            case DropAfterEffect():
                return self._drop("drop_after_effect")
            case AcceptThenFail():
                answer = refusal(503, "unavailable", "it failed after it had accepted")
        await self._answer(answer)
        return None

    async def _tell_old_news(self, behind_ms: int) -> None:
        desk = await asyncio.to_thread(self._at.as_it_was, behind_ms)
        old, true = desk.answer(self._request), self._at.desk.answer(self._request)
        await self._answer(old, detail=old.code if old == true else STALE)

    async def _answer(self, answer: Answer, detail: str | None = None) -> None:
        pace = self._action.bytes_per_s if isinstance(self._action, SlowBody) else None
        await self._reply(answer.status, json.dumps(answer.body).encode(), {}, detail or answer.code, pace)

    async def _stop_at(self, point: Point) -> None:
        match self._action:
            case Delay(point=at, delay_ms=delay_ms) if at == point:
                await asyncio.sleep(delay_ms / 1000)
            case Hold(point=at) if at == point and self._rule:
                await self._at.hold(self._rule.id, self._row)

    async def _take_effect(self) -> Answer:
        """The honest answer, once it is durable.

        There is no await between the decision and the last row: of two attempts with the same key, the second finds
        what the first did. The second waits for the disk too, because what it repeats may not be durable yet.
        """
        if self._request.too_large:
            return refusal(413, "too_large", "the body has more than 64 kB")
        answer = self._at.desk.answer(self._request)
        for change in answer.changes:
            self._record(**change)
        for name, value in answer.keep.items():
            self._at.store.keep(name, value)
        if answer.webhook and self._at.courier:
            about, url = answer.webhook
            self._errand = Errand(about=about, url=url, plan=self._webhook(), row=self._row)
            self._at.courier.accept(self._errand)
        await self._at.store.sync()
        return answer

    def _webhook(self) -> Webhook:
        """How the webhook of what is now open is sent."""
        match self._action:
            case Webhook():
                return self._action
            case AcceptThenFail(deliver=deliver):
                return Webhook(do="webhook", deliver=deliver)
        return PROMPT

    def _record(self, **change: Any) -> None:
        self._at.desk.apply(self._at.store.append("effect", **(self._row | change)))

    async def _reply(
        self, status: int, content: bytes, headers: dict[str, str], code: str | None = None, pace: int | None = None
    ) -> None:
        if self._rule and await self._wire.is_gone():
            return self._drop(GONE)
        self._ended = True
        self._at.store.append("answer", status=status, detail=code, **self._row)
        whole = await self._wire.reply(status, content, headers, pace)
        if pace is not None:
            self._at.store.append("sent", detail=None if whole else GONE, **self._row)
        return None

    def _drop(self, why: str) -> None:
        self._ended = True
        self._at.store.append("drop", detail=why, **self._row)
        self._wire.reset()
