"""The samplers: what is only to be seen while it lasts.

One notes which invocations of a run are backing off: once they end, Restate forgets it. It asks the invoker's table
first, which holds what is being invoked now and costs about a millisecond. sys_invocation is walked through as a whole
for such a question, and grows with everything that the stack has done. The other notes what a cluster's nodes say.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import httpx

from chaos.evidence.cluster import Cluster, NodeView
from chaos.evidence.journal import sql_text
from chaos.evidence.record import NodeSample, Sample
from chaos.stack.stack import Stack
from chaos.system.system import System, case_of_invocation

EVERY_S = 0.2
NODES_EVERY_S = 0.25
MAX_SAMPLES = 20_000


class Sampler:
    """Fills `samples` while `run` lasts: one a failed attempt, of cases and of keys that begin with `scope`."""

    def __init__(self, stack: Stack, scope: str, system: System) -> None:
        self._journal = stack.journal
        self._others = set(stack.known_cases)  # of earlier runs
        self._scope = scope
        self._system = system
        self._targets: dict[str, dict[str, Any]] = {}  # by invocation id; they never change
        self._seen: set[tuple[str, int]] = set()
        self.samples: list[Sample] = []

    async def run(self) -> None:
        """Looks again and again, until it is cancelled or has enough; a look that fails is left out."""
        while len(self.samples) < MAX_SAMPLES:
            with contextlib.suppress(httpx.HTTPError):
                await self._look()
            await asyncio.sleep(EVERY_S)

    async def _look(self) -> None:
        rows = await self._journal.query(
            "select id, retry_count, last_failure from sys_invocation_state where not in_flight and retry_count > 0"
        )
        at_ms = time.time_ns() // 1_000_000
        fresh = [row for row in rows if (row["id"], row["retry_count"]) not in self._seen]
        await self._find_targets({row["id"] for row in fresh} - self._targets.keys())
        for row in fresh:
            target = self._targets.get(row["id"])
            if target is None or not self._is_ours(target):
                continue
            self._seen.add((row["id"], row["retry_count"]))
            self.samples.append(
                Sample(
                    at_ms=at_ms,
                    invocation_id=row["id"],
                    service=target["target_service_name"],
                    key=target.get("target_service_key"),
                    handler=target["target_handler_name"],
                    status="backing-off",
                    retry_count=row["retry_count"],
                    last_failure=row.get("last_failure"),
                )
            )

    async def _find_targets(self, ids: set[str]) -> None:
        if ids:
            rows = await self._journal.query(
                "select id, target_service_name, target_service_key, target_handler_name "  # noqa: S608 - quoted by sql_text
                f"from sys_invocation_status where id in ({', '.join(map(sql_text, sorted(ids)))})"
            )
            self._targets |= {row["id"]: row for row in rows}

    def _is_ours(self, target: dict[str, Any]) -> bool:
        service, key, handler = (
            target.get(f"target_{part}") for part in ("service_name", "service_key", "handler_name")
        )
        case = case_of_invocation(self._system, str(service), key, str(handler))
        return (key or "").startswith(self._scope) or (case is not None and case not in self._others)


class NodeSampler:
    """Fills `samples` while `run` lasts: what the nodes of a cluster say of each other, whenever one says otherwise."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[tuple[str, str], NodeView] = {}
        self.samples: list[NodeSample] = []

    async def run(self) -> None:
        """Looks again and again, until it is cancelled or has enough; a node that says nothing is left out."""
        while len(self.samples) < MAX_SAMPLES:
            await self._look()
            await asyncio.sleep(NODES_EVERY_S)

    async def last(self) -> list[NodeSample]:
        """All there is, after a last look."""
        await self._look()
        return self.samples

    async def _look(self) -> None:
        said = await self._cluster.say()
        at_ms = time.time_ns() // 1_000_000
        for by, views in said.items():
            for node, view in views.items():
                seen = view.model_copy(update={"runs": ()})
                if self._known.get((by, node)) != seen:
                    self._known[by, node] = seen
                    self.samples.append(
                        NodeSample(
                            at_ms=at_ms,
                            by=by,
                            node=node,
                            state=view.state,
                            generation=view.generation,
                            leads=view.leads,
                        )
                    )
