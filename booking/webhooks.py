"""What becomes of a pending charge: it settles, and the gateway tells the merchant - in time, late, twice or never."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Self

from booking.gateway import Gateway
from booking.ledgers import GatewayRow
from chaos.fakes.errands import Errand
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.rules import Webhook

if TYPE_CHECKING:
    import httpx

ERRAND = "webhook:"  # what an errand is kept under in the store, by its charge, until it is done
TIMEOUT_S = 10
OPPOSITE = {"succeeded": "failed", "failed": "succeeded"}


class WebhookCourier:
    """Settles pending charges and sends their webhooks; an errand that a kill cut short begins again.

    A webhook is sent once and not repeated when the merchant does not take it: whoever waits for it must also ask.
    """

    def __init__(self, gateway: Gateway, store: LedgerStore[GatewayRow]) -> None:
        self._gateway = gateway
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        for name, kept in list(self._store.kept.items()):
            if name.startswith(ERRAND) and kept:
                self.start(Errand.model_validate_json(kept))
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.aclose()

    def accept(self, errand: Errand) -> None:
        """Keeps the errand, to be durable together with the pending charge's row."""
        self._store.keep(ERRAND + errand.about, errand.model_dump_json())

    def start(self, errand: Errand) -> None:
        """Carries the errand out in the background."""
        task = asyncio.create_task(self.carry(errand))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def carry(self, errand: Errand) -> None:
        """Settles the charge and delivers what the plan says; returns when that is done."""
        plan = errand.plan
        await asyncio.sleep(plan.settle_ms / 1000)
        if change := self._gateway.settle(errand.about, plan.outcome):
            self._gateway.apply(self._store.append("effect", **(errand.row | dict(change))))
        await self._store.sync()
        await asyncio.sleep(plan.delay_ms / 1000)
        truth = self._gateway.outcome(errand.about)
        for outcome in _messages(plan, truth):
            await self._deliver(errand, outcome)
        self._store.keep(ERRAND + errand.about, "")
        await self._store.sync()

    async def _deliver(self, errand: Errand, outcome: str) -> None:
        message = {"charge_id": errand.about, "outcome": outcome}
        if outcome == "failed":
            message["reason"] = "payment_failed"
        httpx = await asyncio.to_thread(importlib.import_module, "httpx")  # slow, and most gateways never send one
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)
        status, detail = None, outcome
        try:
            status = (await self._http.post(errand.url, json=message)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = f"{outcome}, not delivered: {type(error).__name__}"
        self._store.append("webhook", charge_id=errand.about, status=status, detail=detail, **errand.row)


def _messages(plan: Webhook, truth: str) -> list[str]:
    """The outcomes told, in the order they are told."""
    match plan.deliver:
        case "never":
            return []
        case "duplicated":
            return [truth, truth]
        case "out_of_order":  # an earlier state of the payment arrives after the later one
            return [truth, OPPOSITE[truth]]
    return [truth]
