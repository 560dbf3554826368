"""A real Restate with an app that is nobody's booking system: it answers, is asked by SQL, and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from chaos.cleanup.leftovers import labelled
from chaos.errors import BadInput, StartFailed
from chaos.machine.toolchain import Tools
from chaos.restate_server import serving
from chaos.waiting import NotYet, until
from tests.greeter import APP

pytestmark = pytest.mark.integration
KILLED = """
import asyncio
from chaos.restate_server import serving

async def main():
    async with serving("greeter:app") as server:
        print(server.ingress_url, flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def _beside_the_greeter(tmp_path: Path, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greeter.py").write_text(APP, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXUS_CHAOS_RESTATE_SERVER", str(tools.restate_server))


async def test_an_app_is_served_and_asked_and_nothing_is_left() -> None:
    async with serving("greeter:app") as server, httpx.AsyncClient(trust_env=False) as http:
        assert server.services == ("Greeter",)
        answers = [(await http.post(f"{server.ingress_url}/Greeter/ada/greet", json="Ada")).json() for _ in range(2)]
        assert answers == ["Hello, Ada! (1)", "Hello, Ada! (2)"]
        assert (await http.get(f"{server.admin_url}/health")).is_success
        (row,) = await server.query("select count(*) as calls from sys_invocation where status = 'completed'")
        assert row == {"calls": 2}
        children = {child.pid for child in psutil.Process().children()}
        mine = {label for pid, label in labelled().items() if pid in children}
    (run_id,) = mine
    assert labelled(run_id) == {}


@pytest.mark.parametrize(
    ("app", "error", "said"),
    [
        ("nowhere:app", StartFailed, "No module named 'nowhere'"),
        ("greeter:nothing", StartFailed, "has no ASGI app 'nothing'"),
        ("greeter", BadInput, "allowed: module:attribute"),
    ],
)
async def test_what_cannot_be_served_says_why(app: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        async with serving(app):
            pass


async def test_it_is_gone_when_its_user_is_killed(tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    user = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, stdout=asyncio.subprocess.PIPE, env={**os.environ, "TMPDIR": str(temporary)}
    )
    assert user.stdout is not None
    assert (await user.stdout.readline()).startswith(b"http://127.0.0.1:")
    (scratch,) = temporary.iterdir()
    run_id = scratch.name.split("-")[2]
    assert len(labelled(run_id)) == 2
    user.kill()
    await user.wait()

    async def nothing_left() -> None:
        if labelled(run_id) or scratch.exists():
            raise NotYet(f"{labelled(run_id)}, {scratch.exists()}")

    await until(nothing_left, "nothing to be left", 10)
