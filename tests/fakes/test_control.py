"""The control plane: for the token's bearer only, strict about what it is given; and how a fake starts."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes.running import DEADLINE_S, ROOT, TOKEN, Running

pytestmark = pytest.mark.integration
CALLS = [
    ("PUT", "/rules"),
    ("GET", "/rules"),
    ("DELETE", "/rules/r1"),
    ("GET", "/ledger"),
    ("POST", "/release/h1"),
    ("GET", "/health"),
    ("GET", "/nowhere"),
]


async def test_every_call_wants_the_token(gateway: Running) -> None:
    wrong = [{}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}, {"authorization": f"Basic {TOKEN}"}]
    async with httpx.AsyncClient(base_url=gateway.control.base_url) as stranger:
        for method, path in CALLS:
            for headers in wrong:
                answer = await stranger.request(method, path, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert (await gateway.control.get("/health")).json() == {"status": "ok"}


async def test_the_data_port_has_no_control_plane(gateway: Running) -> None:
    headers = {"authorization": f"Bearer {TOKEN}"}
    assert (await gateway.data.get("/rules", headers=headers)).status_code == 404
    assert (await gateway.data.get("/ledger", headers=headers)).status_code == 404


async def test_rules_are_put_shown_and_deleted_in_order(gateway: Running) -> None:
    hang = {"action": {"do": "hang"}}
    put = await gateway.control.put("/rules", json={"rules": [hang | {"id": "b"}, hang, hang | {"id": "a"}]})
    ids = put.json()["ids"]
    assert (ids[0], ids[2]) == ("b", "a")
    shown = (await gateway.control.get("/rules")).json()["rules"]
    assert [(rule["id"], rule["hits"], rule["holding"]) for rule in shown] == [(name, 0, []) for name in ids]
    assert (await gateway.control.delete(f"/rules/{ids[1]}")).status_code == 200
    assert (await gateway.control.delete(f"/rules/{ids[1]}")).status_code == 404
    assert [rule["id"] for rule in (await gateway.control.get("/rules")).json()["rules"]] == ["b", "a"]


async def test_a_wrong_rule_is_422_and_the_old_rules_stand(gateway: Running) -> None:
    await gateway.rule({"do": "respond", "status": 500})
    refused = await gateway.control.put("/rules", json={"rules": [{"action": {"do": "hold", "point": "later"}}]})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert refused.json()["message"] == "rules[0].action.point: Input should be 'before_effect' or 'after_effect'"
    assert (await gateway.charge()).status_code == 500


async def test_the_ledger_comes_in_pages(gateway: Running) -> None:
    for number in range(3):
        await gateway.charge(f"o{number}")
    rows: list[dict[str, Any]] = []
    while True:
        after = rows[-1]["row"] if rows else 0
        page = (await gateway.control.get("/ledger", params={"after": after, "limit": 4})).json()
        assert page["last"] == 9
        if not page["rows"]:
            break
        rows += page["rows"]
    assert [row["row"] for row in rows] == list(range(1, 10))
    assert (await gateway.control.get("/ledger", params={"after": 2**60})).json() == {"rows": [], "last": 9}


@pytest.mark.parametrize("params", [{"after": "-1"}, {"after": "x"}, {"limit": "1e3"}, {"limit": 10**9}])
async def test_a_wrong_page_is_422(gateway: Running, params: dict[str, str]) -> None:
    refused = await gateway.control.get("/ledger", params=params)
    assert refused.status_code == 422
    assert next(iter(params)) in refused.json()["message"]


async def _fails(tmp_path: Path, *arguments: str, **environment: str) -> str:
    """What a fake says on stderr when it cannot start; it must end with exit code 2 and say nothing else."""
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "chaos.fakes",
            "booking.parties:GATEWAY",
            "--ledger",
            str(tmp_path / "ledger.sqlite"),
            *arguments,
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)} | environment,
    )
    async with asyncio.timeout(DEADLINE_S):
        said, complaint = await process.communicate()
    assert process.returncode == 2
    assert not said
    assert "Traceback" not in complaint.decode()
    return complaint.decode()


async def test_a_fake_that_cannot_start_says_why(tmp_path: Path) -> None:
    token = {"NEXUS_CHAOS_CONTROL_TOKEN": TOKEN}
    assert "NEXUS_CHAOS_CONTROL_TOKEN: the control plane's token is missing" in await _fails(tmp_path)
    assert "too short" in await _fails(tmp_path, NEXUS_CHAOS_CONTROL_TOKEN="short")
    assert "ledger" in await _fails(tmp_path, "--ledger", str(tmp_path / "no" / "folder"), **token)
    (tmp_path / "other").write_text(json.dumps({"not": "a database"}) * 100)
    assert "cannot be used as a ledger" in await _fails(tmp_path, "--ledger", str(tmp_path / "other"), **token)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} of 127.0.0.1: cannot listen" in await _fails(tmp_path, "--data-port", port, **token)
    assert "--data-port" in await _fails(tmp_path, "--data-port", "x", **token)
