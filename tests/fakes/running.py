"""A fake that runs as a process, as the tests see it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from chaos.evidence import ledger
from chaos.evidence.ledger import LedgerRow
from chaos.waiting import NotYet, until

TOKEN = "a-token-for-tests-only"
ROOT = Path(__file__).parents[2]
DEADLINE_S = 30


class Running:
    """A fake that runs: its data port, its control plane, its ledger file."""

    def __init__(self, process: asyncio.subprocess.Process, ports: list[int], file: Path) -> None:
        self.process = process
        self.file = file
        self.data_port, self.control_port = ports
        self.data = httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[0]}", timeout=DEADLINE_S)
        self.control = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{ports[1]}",
            timeout=DEADLINE_S,
            headers={"authorization": f"Bearer {TOKEN}"},
        )

    async def charge(self, order: str = "o1", key: str | None = None, **body: Any) -> httpx.Response:
        return await self.data.post(
            "/v1/charges", headers={"idempotency-key": key or f"charge:{order}"}, json=charge_body(order) | body
        )

    async def rule(self, action: dict[str, Any], **match: Any) -> str:
        """Puts one rule in place of all; its id."""
        answer = await self.control.put("/rules", json={"rules": [{"match": match, "action": action}]})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["ids"][0])

    async def hits(self, rule_id: str) -> int:
        rules = (await self.control.get("/rules")).json()["rules"]
        return next(int(rule["hits"]) for rule in rules if rule["id"] == rule_id)

    async def rows(self, **wanted: Any) -> list[LedgerRow]:
        """The ledger's rows by way of the control plane, those with these values."""
        page = (await self.control.get("/ledger", params={"limit": 10_000})).json()
        rows = [LedgerRow.model_validate(row) for row in page["rows"]]
        return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]

    async def first(self, **wanted: Any) -> LedgerRow:
        """The first such row, waited for."""

        async def look() -> LedgerRow:
            rows = await self.rows(**wanted)
            if not rows:
                raise NotYet(f"{len(await self.rows())} other rows")
            return rows[0]

        return await until(look, f"a ledger row with {wanted}", DEADLINE_S)

    def read(self) -> list[LedgerRow]:
        """The ledger's rows by way of the file, as another process sees it."""
        return ledger.read(self.file)

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        await self.data.aclose()
        await self.control.aclose()
        async with asyncio.timeout(DEADLINE_S):
            await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode


Start = Callable[..., Awaitable[Running]]


def charge_body(order: str = "o1") -> dict[str, Any]:
    return {
        "order_id": order,
        "amount_cents": 4200,
        "currency": "EUR",
        "payment_token": "tok_secret_canary",
        "mode": "direct",
    }
