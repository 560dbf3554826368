"""The mailer: one message per key, a directory, and texts that only the control plane gives out."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fakes.running import Running, Start

pytestmark = pytest.mark.integration
MESSAGE = {"to": "u1", "subject": "Booked", "body": "The word is canary-7"}


async def send(mailer: Running, key: str | None = "notification:n1", **changed: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await mailer.data.post("/v1/messages", headers=headers, json=MESSAGE | changed)


async def test_a_repeated_key_sends_one_message(mailer: Running) -> None:
    first, second = await send(mailer), await send(mailer)
    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert (await send(mailer, body="other")).json()["code"] == "key_reused"
    [row] = await mailer.rows(effect="message")
    assert (row.to, row.key, row.message_id) == ("u1", "notification:n1", first.json()["message_id"])


async def test_the_text_is_in_the_inbox_and_in_no_ledger_row_also_after_a_restart(start: Start) -> None:
    mailer = await start("mailer")
    message_id = (await send(mailer)).json()["message_id"]
    await mailer.end()
    again = await start("mailer", mailer.file)
    inbox = (await again.control.get("/messages", params={"to": "u1"})).json()["messages"]
    assert inbox == [{"message_id": message_id, **MESSAGE}]
    assert (await again.control.get("/messages", params={"to": "u2"})).json() == {"messages": []}
    assert "canary-7" not in (await again.control.get("/ledger")).text
    assert (await send(again)).json()["message_id"] == message_id


async def test_the_directory_writes_role_and_permissions(mailer: Running) -> None:
    await mailer.rule({"do": "respond", "status": 503}, path="/v1/users/*/permissions", attempts="1")
    assert (await mailer.data.put("/v1/users/u1/role", json={"role": "admin"})).status_code == 200
    assert (await mailer.data.put("/v1/users/u1/permissions", json={"permissions": ["a", "b"]})).status_code == 503
    assert (await mailer.data.put("/v1/users/u1/permissions", json={"permissions": ["a", "b"]})).status_code == 200
    effects = [(row.effect, row.to, row.detail) for row in await mailer.rows(kind="effect")]
    assert effects == [("role", "u1", "admin"), ("permissions", "u1", '["a", "b"]')]


async def test_a_user_id_with_slashes_is_one_user_id(mailer: Running) -> None:
    assert (await mailer.data.put("/v1/users/a%2Fb%2Frole/role", json={"role": "admin"})).status_code == 200
    assert [row.to for row in await mailer.rows(effect="role")] == ["a/b/role"]


async def test_a_forgotten_key_sends_again(mailer: Running) -> None:
    await mailer.rule({"do": "forget_keys"}, attempts="2")
    assert (await send(mailer)).json() != (await send(mailer)).json()
    assert len(await mailer.rows(effect="message")) == 2


@pytest.mark.parametrize("wrong", [{"to": ""}, {"to": 3}, {"subject": None}, {"more": 1}, {"body": "x" * 30_000}])
async def test_a_wrong_message_is_422(mailer: Running, wrong: dict[str, Any]) -> None:
    answer = await send(mailer, **wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert next(iter(wrong)) in answer.json()["message"]


async def test_what_is_missing_or_unknown_is_refused(mailer: Running) -> None:
    assert (await send(mailer, key=None)).status_code == 422
    assert (await mailer.data.put("/v1/users/u1/role", json={})).status_code == 422
    assert (await mailer.data.put("/v1/users/u1/permissions", json={"permissions": "a"})).status_code == 422
    assert (await mailer.data.get("/v1/messages")).status_code == 404
