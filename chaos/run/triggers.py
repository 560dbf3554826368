"""How triggers fire: each waits for its condition on the running stack, never for a guess at how long it takes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import httpx

from chaos.evidence.faultlog import FaultLog
from chaos.evidence.journal import sql_text
from chaos.plan.moments import (
    AfterOperations,
    Appending,
    AtStart,
    AtTime,
    BackingOff,
    ClusterWhole,
    EffectSeen,
    HoldReached,
    JournalState,
    LoadEnded,
    NodesLost,
    RuleHits,
    Trigger,
)
from chaos.plan.workload import Call
from chaos.stack.stack import Stack

POLL_S = 0.01
SQL_POLL_S = 0.05
T = TypeVar("T")
NO_RULE: dict[str, Any] = {"hits": 0, "holding": []}


class Counts(Protocol):
    """How many operations of the load have ended, and how many wait for their answer."""

    ended: int
    under_way: int


@dataclass
class Progress:
    """What triggers look at: the stack, the operations and how many have ended, and whether the load is over."""

    stack: Stack
    log: FaultLog
    operations: Sequence[Call]
    clients: Counts
    load_over: asyncio.Event

    async def rule(self, step: str) -> dict[str, Any]:
        """The rule that a step has set in its fake, with hits and holds; before that, a rule that has never acted."""
        put_in = [event for event in self.log.events if event.step == step and event.rule_id]
        if not put_in:
            return NO_RULE
        return await self.stack.party(put_in[-1].target).rule(str(put_in[-1].rule_id))

    def has_seen(self, step: str) -> bool:
        """Whether the effect of a step has been measured and seen."""
        observed = [event.observation for event in self.log.events if event.step == step and event.observation]
        return any(observation.shows_effect for observation in observed)


async def come_true(trigger: Trigger, progress: Progress) -> str:
    """Returns when the trigger's condition holds; counts and seconds start with this call. Never gives up by itself.

    The result is for the log: what was seen at that moment, or nothing if the trigger's name says it all.
    """
    match trigger:
        case Appending():
            return await _poll(lambda: _grows(progress), POLL_S)
        case NodesLost(count=count):
            return await _poll(lambda: _nodes_lost(progress.stack, count), SQL_POLL_S)
        case ClusterWhole():
            await _poll(lambda: _is_whole(progress.stack), SQL_POLL_S)
        case AtStart():
            pass
        case AtTime(at_s=at_s):
            await asyncio.sleep(at_s)
        case LoadEnded():
            await progress.load_over.wait()
        case AfterOperations(count=count):
            goal = progress.clients.ended + count
            await _poll(lambda: _true(progress.clients.ended >= goal), POLL_S)
        case HoldReached(step=step):
            await _poll(lambda: _holds(progress, step), POLL_S)
        case RuleHits(step=step, count=count):
            await _poll(lambda: _has_hits(progress, step, count), POLL_S)
        case EffectSeen(step=step):
            await _poll(lambda: _true(progress.has_seen(step)), POLL_S)
        case JournalState():
            await _poll(lambda: _run_is_open(progress, trigger), SQL_POLL_S)
        case BackingOff():
            await _poll(lambda: _backs_off(progress.stack, trigger), SQL_POLL_S)
    return ""


async def _poll(condition: Callable[[], Awaitable[T]], every_s: float) -> T:
    """Asks until the answer is truthy, and returns it; a failed request (another fault may be on) counts as a no."""
    while True:
        with contextlib.suppress(httpx.HTTPError):
            answer = await condition()
            if answer:
                return answer
        await asyncio.sleep(every_s)


async def _true(value: bool) -> bool:
    return value


async def _holds(progress: Progress, step: str) -> bool:
    return bool((await progress.rule(step))["holding"])


async def _has_hits(progress: Progress, step: str, count: int) -> bool:
    hits: int = (await progress.rule(step))["hits"]
    return hits >= count


async def _run_is_open(progress: Progress, trigger: JournalState) -> bool:
    """A run command that no notification of the same invocation has completed yet."""
    wanted = {"i.target_service_name": trigger.service, "i.target_handler_name": trigger.handler}
    if trigger.operation is not None:
        wanted["i.target_service_key"] = progress.operations[trigger.operation].key
    rows = await progress.stack.journal.query(
        "select j.id from sys_journal j join sys_invocation i on j.id = i.id "  # noqa: S608 - quoted by sql_text
        f"where i.status <> 'completed' {_equal(wanted)}"
        f"and j.entry_type = 'Command: Run' and j.name = {sql_text(trigger.run)} and j.index = i.journal_size - 1"
    )
    return bool(rows)


async def _backs_off(stack: Stack, trigger: BackingOff) -> bool:
    rows = await stack.journal.query(
        "select id from sys_invocation where status = 'backing-off' "  # noqa: S608 - quoted by sql_text
        f"and retry_count >= {trigger.retries} {_equal({'target_service_name': trigger.service})}"
    )
    return bool(rows)


def _equal(wanted: Mapping[str, str | None]) -> str:
    """The SQL that asks for each column that is given."""
    return "".join(f"and {column} = {sql_text(value)} " for column, value in wanted.items() if value is not None)


async def _nodes_lost(stack: Stack, count: int) -> str:
    """What the nodes say about those that are lost; empty while fewer are lost."""
    said = await stack.cluster.lost() if stack.cluster else []
    return "; ".join(said) if len(said) >= count else ""


async def _is_whole(stack: Stack) -> bool:
    return stack.cluster is None or not await stack.cluster.trouble()


async def _grows(progress: Progress) -> str:
    """Compares two looks at the log while operations are under way; empty unless it grew in between."""
    if not progress.clients.under_way:
        return ""
    before, began = await asyncio.to_thread(progress.stack.log_bytes), time.monotonic()
    await asyncio.sleep(POLL_S)
    after, took = await asyncio.to_thread(progress.stack.log_bytes), time.monotonic() - began
    if after <= before or not progress.clients.under_way:
        return ""
    grown = f"Restate's log grew from {before} to {after} bytes within {took * 1000:.0f} ms"
    return f"{grown}, with {progress.clients.under_way} operations under way"
