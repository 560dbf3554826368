"""The client of a fake's control plane: rules in, hit counts, holds and the ledger out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx

from chaos.evidence.ledger import LedgerRow

LEDGER_PAGE = 1000
TOKEN_VARIABLE = "NEXUS_CHAOS_CONTROL_TOKEN"  # noqa: S105 - the variable's name, not the token


class FakeControl:
    """Talks to the control plane of one third party with its token."""

    def __init__(self, url: str, token: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._headers = {"authorization": f"Bearer {token}"}
        self._client = client
        self._changing = asyncio.Lock()

    async def add_rule(self, rule: dict[str, Any]) -> str:
        """Appends a rule to the ordered list and returns its id. Raises httpx.HTTPStatusError if it is refused."""
        async with self._changing:
            standing = [
                {k: v for k, v in each.items() if k in ("id", "match", "action")} for each in await self.rules()
            ]
            answer = await self._call("PUT", "/rules", json={"rules": [*standing, rule]})
        ids: list[str] = answer["ids"]
        return ids[-1]

    async def rules(self) -> list[dict[str, Any]]:
        """The current rules in order, each with `id`, `hits` and `holding` (the ids of its current holds)."""
        rules: list[dict[str, Any]] = (await self._call("GET", "/rules"))["rules"]
        return rules

    async def rule(self, rule_id: str) -> dict[str, Any]:
        """One rule; all zeros if it no longer exists."""
        found = [rule for rule in await self.rules() if rule["id"] == rule_id]
        return found[0] if found else {"id": rule_id, "hits": 0, "holding": []}

    async def remove_rule(self, rule_id: str) -> None:
        """Removes a rule and releases what it holds."""
        async with self._changing:
            holding = (await self.rule(rule_id)).get("holding", [])
            await self._call("DELETE", f"/rules/{rule_id}")
            for hold_id in holding:
                await self.release(hold_id)

    async def release(self, hold_id: str) -> None:
        await self._call("POST", f"/release/{hold_id}")

    async def last_row(self) -> int:
        """The number of the ledger's newest row, 0 when it is empty."""
        last: int = (await self._call("GET", "/ledger", params={"after": 2**60, "limit": 1}))["last"]
        return last

    async def ledger(self, after: int = 0) -> AsyncIterator[LedgerRow]:
        """The ledger's rows after row number `after`, in order, a page at a time."""
        while True:
            page = await self._call("GET", "/ledger", params={"after": after, "limit": LEDGER_PAGE})
            for row in page["rows"]:
                yield LedgerRow.model_validate(row)
            if len(page["rows"]) < LEDGER_PAGE:
                return
            after = page["rows"][-1]["row"]

    async def view(self, name: str, **query: str) -> Any:
        """A view specific to this third party, by name; see chaos.fakes.party.ThirdParty.views."""
        return await self._call("GET", f"/{name}", params=query)

    async def messages(self, to: str) -> list[dict[str, Any]]:
        """What has been sent to an address, oldest first: {message_id, to, subject, body}."""
        messages: list[dict[str, Any]] = (await self.view("messages", to=to))["messages"]
        return messages

    async def health(self) -> None:
        await self._call("GET", "/health")

    async def _call(self, method: str, path: str, **kwargs: Any) -> Any:
        response = await self._client.request(method, f"{self._url}{path}", headers=self._headers, timeout=10, **kwargs)
        response.raise_for_status()
        return response.json() if response.content else None
