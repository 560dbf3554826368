"""Gathers the evidence of one run from the stack: Restate's tables and the ledgers, cut to that run."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection, Sequence
from math import inf

from chaos.errors import WaitTimedOut
from chaos.evidence.journal import IDS_PER_QUERY, Invocation, StateRow, sql_text
from chaos.evidence.journal_events import journal_events
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import SourceName
from chaos.evidence.recorder import UNREADABLE, Recorder
from chaos.stack.control import FakeControl
from chaos.stack.stack import Stack
from chaos.system.system import System, case_of_invocation
from chaos.waiting import NotYet, until

CALLEES_DEADLINE_S = 10
CALLEES_POLL_S = 0.1
READ_WITHIN_MS = 500  # most of a run's evidence, on a quiet machine
OF_INVOCATIONS: tuple[SourceName, ...] = ("journal", "journal_events")


class Collector:
    """Reads what belongs to one run: keys that begin with its scope, its cases, ledger rows nobody else explains."""

    def __init__(self, stack: Stack, recorder: Recorder, scope: str, cases: Sequence[str], system: System) -> None:
        self._stack = stack
        self._recorder = recorder
        self._scope = scope
        self._system = system
        self._cases = set(cases)
        self._others = stack.known_cases - self._cases
        self._ledger_start: dict[str, int] = {}
        self.invocations: Collection[Invocation] = ()  # those that were collected

    async def begin(self) -> None:
        """Notes where the ledgers stand before the run."""
        for name, control in self._stack.parties.items():
            self._ledger_start[name] = await control.last_row()

    async def is_at_rest(self) -> None:
        """Raises NotYet while the run has a message on its way between partitions, or an invocation that goes on.

        One that is scheduled for later is at rest, unless its time comes while the evidence is read, or it is a step of
        the system's, which may be sent with a delay.
        State that is about to change by itself is not at rest either: it would differ from one read to the next.
        """
        try:
            found = await self._invocations_with_callees()
            unsettled = [row async for row in self._state() if self._system.unsettled(row)]
        except UNREADABLE as error:
            raise NotYet(f"Restate's tables cannot be read: {error!r}") from error
        busy = [each for each in found.values() if each.status != "completed" and not self._is_for_later(each)]
        if busy:
            raise NotYet(f"{busy[0].service}/{busy[0].key}/{busy[0].handler} {busy[0].status}")
        if unsettled:
            raise NotYet(f"{unsettled[0].service}/{unsettled[0].object_key} is about to change by itself")

    def _is_for_later(self, invocation: Invocation) -> bool:
        is_step = (invocation.service, invocation.handler) in self._system.steps
        at_hand = (invocation.scheduled_start_at_ms or inf) < time.time() * 1000 + READ_WITHIN_MS
        return invocation.status == "scheduled" and not is_step and not at_hand

    async def collect(self) -> None:
        """Writes what Restate keeps of the run, and the ledgers; what cannot be read is marked so, never left out."""
        await self._collect_journal()
        await self._recorder.write_stream("state", self._state())
        for name, control in self._stack.parties.items():
            await self._recorder.write_stream(name, self._ledger(name, control))

    async def _collect_journal(self) -> None:
        incomplete = ""
        try:
            try:
                invocations = await until(
                    self._invocations_with_callees, "every call's callee", CALLEES_DEADLINE_S, CALLEES_POLL_S
                )
            except WaitTimedOut as error:
                incomplete = str(error)
                invocations = await self._invocations()
        except UNREADABLE as error:
            self._recorder.mark_missing("invocations", f"sys_invocation could not be read: {error!r}")
            for name in OF_INVOCATIONS:
                self._recorder.mark_missing(name, "without invocations there is nothing to read")
            return
        self.invocations = invocations.values()
        found = (case_of_invocation(self._system, each.service, each.key, each.handler) for each in self.invocations)
        self._cases |= {case for case in found if case}
        self._stack.known_cases |= self._cases
        self._recorder.write_source("invocations", invocations.values(), incomplete)
        ids = sorted(invocations)
        await self._recorder.write_stream("journal", self._stack.journal.entries(ids), incomplete)
        await self._recorder.write_stream("journal_events", journal_events(self._stack.journal, ids), incomplete)

    async def _invocations_with_callees(self) -> dict[str, Invocation]:
        """The run's invocations and all they called, whatever its key; a message still on its way is waited for.

        Not so one that was cancelled: what is cancelled before its time leaves no trace.
        """
        found = await self._invocations()
        absent: set[str] = set()
        callers = list(found)
        while callers:
            called = await self._called(callers) - found.keys()
            callees = await self._by_condition("id", sorted(called))
            absent |= called - callees.keys()
            found |= callees
            callers = list(callees)
        if absent:
            for some in _chunks(list(found)):
                absent -= await self._stack.journal.signalled(some)
        if absent:
            raise NotYet(f"{len(absent)} called invocations are not in sys_invocation")
        return found

    async def _invocations(self) -> dict[str, Invocation]:
        scope = sql_text(self._scope)
        mine = f"starts_with(target_service_key, {scope}) or starts_with(idempotency_key, {scope})"
        found = {each.id: each async for each in self._stack.journal.invocations(mine)}
        return found | await self._by_condition("target_service_key", sorted(self._cases))

    async def _by_condition(self, column: str, values: Sequence[str]) -> dict[str, Invocation]:
        found = {}
        for some in _chunks(values):
            async for each in self._stack.journal.invocations(f"{column} in ({_sql_list(some)})"):
                found[each.id] = each
        return found

    async def _called(self, callers: Sequence[str]) -> set[str]:
        return {callee for some in _chunks(callers) for callee in await self._stack.journal.callees(some)}

    async def _state(self) -> AsyncIterator[StateRow]:
        async for row in self._stack.journal.state(f"starts_with(service_key, {sql_text(self._scope)})"):
            yield row
        for some in _chunks(sorted(self._cases)):
            async for row in self._stack.journal.state(f"service_key in ({_sql_list(some)})"):
                yield row

    async def _ledger(self, name: str, control: FakeControl) -> AsyncIterator[LedgerRow]:
        """Rows since the run began, without those of cases that other runs on this stack have made."""
        async for row in control.ledger(self._ledger_start[name]):
            if row.case not in self._others:
                yield row


def _chunks(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[start : start + IDS_PER_QUERY] for start in range(0, len(values), IDS_PER_QUERY)]


def _sql_list(values: Sequence[str]) -> str:
    return ", ".join(sql_text(value) for value in values)
