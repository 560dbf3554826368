"""A fake as an ASGI app: the honest desk behind it, its ledger, its rules, and the attempts that it holds."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from chaos.fakes.errands import Courier
from chaos.fakes.exchange import Desk
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.rulebook import Attempt, RuleBook
from chaos.fakes.rules import Rule
from chaos.fakes.visit import Premises, Visit
from chaos.fakes.wire import Receive, Send, Wire
from chaos.machine.serving import Scope

RULES = "rules"  # the name under which the store keeps them


@dataclass
class Held:
    """An attempt stopped at a hold point."""

    rule_id: str
    row: dict[str, Any]  # what the rows of the attempt have in common
    released: asyncio.Event = field(default_factory=asyncio.Event)


class Fake:
    """The data port of one fake, and what its control plane acts on."""

    def __init__(
        self,
        desk: Desk[Any],
        store: LedgerStore[Any],
        courier: Courier | None,
        *,
        another_desk: Callable[[], Desk[Any]],
    ) -> None:
        self.desk = desk
        self.store = store
        self._another_desk = another_desk
        self.courier = courier  # if it notifies somebody later
        self.book = RuleBook()
        self._numbers: Counter[tuple[str, str, str | None]] = Counter()
        self._under_way: Counter[tuple[str, str, str | None]] = Counter()
        self._held: dict[str, Held] = {}
        self._once_held: set[str] = set()
        self._premises = Premises(desk, store, courier, self.hold, self.as_it_was)

    def recover(self) -> None:
        """Restores state, attempt numbers, rules and their hits from the ledger. Blocks; call it before serving."""
        acted = []
        for row in self.store.rows("arrival"):
            self._numbers[row.method, row.path, row.key or row.case] += 1
            if row.rule_id:
                acted.append((row.row, row.rule_id))
        self._once_held = {row.hold_id for row in self.store.rows("hold") if row.hold_id}
        for row in self.store.rows("effect"):
            self.desk.apply(row)
        if RULES in self.store.kept:
            self.book.load(self.store.kept[RULES], acted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One attempt."""
        if scope["type"] != "http":
            raise NotImplementedError("a fake speaks HTTP only")
        wire = Wire(scope, receive, send)
        try:
            request = await wire.read()
            key, case = self.desk.identify(request)
            subject = request.method, request.path, key or case
            self._numbers[subject] += 1
            number = self._numbers[subject]
            rule = self.book.act(Attempt(request.method, request.path, key, case, number))
            row: dict[str, Any] = {
                "method": request.method,
                "path": request.path,
                "key": key,
                "case": case,
                "number": number,
                "rule_id": rule.id if rule else None,
            }
            arrival = self.store.append("arrival", connection=wire.peer, **row)
            visit = Visit(self._premises, request, wire, rule, row | {"attempt": arrival.row})
            visit.is_first = not self._under_way[subject]
            self._under_way[subject] += 1
            try:
                await visit.run()
            finally:
                self._under_way[subject] -= 1
        except ConnectionError:
            pass  # the client disconnected in the middle of its request: there was no attempt
        except BaseException:
            wire.reset()  # whatever it was, an answer that is not in the ledger must not leave
            raise

    def as_it_was(self, behind_ms: int) -> Desk[Any]:
        """A desk that knows what was durable by so long ago. Blocks."""
        desk, until_ms = self._another_desk(), time.time_ns() // 1_000_000 - behind_ms
        for row in self.store.rows("effect"):
            if row.at_ms <= until_ms:
                desk.apply(row)
        return desk

    async def hold(self, rule_id: str, row: dict[str, Any]) -> None:
        """Stops an attempt until it is released. A hold that is in the ledger can be released.

        A rule that was taken away since it matched the attempt holds it no more: nobody would release it.
        """
        if rule_id not in {rule.id for rule in self.book.rules}:
            return
        hold_id = f"{rule_id}-{row['attempt']}"
        held = self._held[hold_id] = Held(rule_id, row)
        self._once_held.add(hold_id)
        try:
            self.store.append("hold", hold_id=hold_id, **row)
            await held.released.wait()
        finally:
            self._held.pop(hold_id, None)

    def holding(self, rule_id: str) -> list[str]:
        """The holds at which a rule is stopping attempts now."""
        return [hold_id for hold_id, held in self._held.items() if held.rule_id == rule_id]

    async def release(self, hold_id: str) -> bool:
        """Lets a held attempt continue; False if it already has. Raises KeyError if there was never such a hold."""
        if hold_id not in self._once_held:
            raise KeyError(hold_id)
        held = hold_id in self._held
        self._let_go([hold_id] if held else [])
        await self.store.sync()
        return held

    async def set_rules(self, rules: list[Rule]) -> None:
        """Replaces the whole list; a removed rule releases what it holds. Returns when this is durable."""
        self.book.replace(rules, self.store.last)
        self.store.keep(RULES, self.book.dump())
        standing = {rule.id for rule in rules}
        self._let_go([hold_id for hold_id, held in self._held.items() if held.rule_id not in standing])
        await self.store.sync()

    def _let_go(self, hold_ids: Iterable[str]) -> None:
        for hold_id in hold_ids:
            held = self._held.pop(hold_id)
            self.store.append("release", hold_id=hold_id, **held.row)
            held.released.set()
