"""`chaos gateway RULES`: it misbehaves as its file says, tells of each attempt, and ends cleanly on Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest

from chaos.errors import BadInput
from chaos.fakes.alone import read_rules
from tests.fakes.running import DEADLINE_S, charge_body

pytestmark = pytest.mark.integration

RULES = """
rules:
  - id: busy
    match: {path: /v1/charges, attempts: "1"}
    action: {do: respond, status: 503}
  - id: cut_off
    match: {path: /v1/charges, attempts: "2"}
    action: {do: drop_after_effect}
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules: [{action: {do: hnag}}]", "rules[0].action: unknown action 'hnag'; did you mean 'hang'?"),
        ("rules: [{action: {do: hang}, mtch: {}}]", "rules[0].mtch: unknown field; did you mean 'match'?"),
        ("rulez: []", "unknown field; did you mean 'rules'?"),
        ("- a", 'not a mapping\n  allowed: {"rules": ['),
        ("rules: [", "neither YAML nor JSON"),
        ("rules: {}\nrules: {}", "is used twice"),
    ],
)
def test_a_bad_rule_file_is_one_error_that_names_it(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadInput) as raised:
        read_rules(path)
    assert str(path) in str(raised.value)
    assert said in str(raised.value)


def test_json_does_as_well(tmp_path: Path) -> None:
    path = tmp_path / "rules.json"
    path.write_text('{"rules": [{"id": "a", "action": {"do": "hang"}}]}', "utf-8")
    assert [rule.id for rule in read_rules(path)] == ["a"]


async def gateway(path: Path, temporary: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chaos.cli", "gateway", str(path)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary)},
    )


async def test_it_serves_tells_and_ends(tmp_path: Path) -> None:
    path, temporary = tmp_path / "rules.yaml", tmp_path / "tmp"
    temporary.mkdir()
    path.write_text(RULES, "utf-8")
    process = await gateway(path, temporary)
    assert process.stdout
    async with asyncio.timeout(DEADLINE_S):
        ready = (await process.stdout.readline()).decode()
    found = re.fullmatch(r"gateway on (http://127\.0\.0\.1:\d+), 2 rules; Ctrl-C ends it\n", ready)
    assert found, ready
    async with httpx.AsyncClient(base_url=found[1], headers={"idempotency-key": "charge:o1"}) as client:
        assert (await client.post("/v1/charges", json=charge_body())).status_code == 503
        with pytest.raises(httpx.TransportError):
            await client.post("/v1/charges", json=charge_body())
        assert (await client.post("/v1/charges", json=charge_body())).is_success
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(DEADLINE_S):
        told, wrong = (each.decode() for each in await process.communicate())
    assert told.splitlines() == [
        "POST /v1/charges charge:o1 #1 [busy]: 503",
        "POST /v1/charges charge:o1 #2 [cut_off]: no answer (capture, drop_after_effect)",
        "POST /v1/charges charge:o1 #3: 200",
    ]
    assert (process.returncode, wrong) == (0, "")
    assert list(temporary.iterdir()) == []


async def test_a_bad_rule_file_ends_it_with_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("rules: [{action: {do: explode}}]", "utf-8")
    process = await gateway(tmp_path / "rules.yaml", tmp_path)
    _, wrong = await process.communicate()
    assert process.returncode == 2
    assert "rules[0].action: unknown action 'explode'" in wrong.decode()
    assert "Traceback" not in wrong.decode()
