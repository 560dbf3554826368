"""One fake as a process: python -m chaos.fakes module:PARTY --ledger FILE --data-port N --control-port N"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chaos.errors import BadInput
from chaos.fakes.control import control
from chaos.fakes.fake import Fake
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.party import ThirdParty, View, find_party
from chaos.machine.serving import HOST, serve

TOKEN_VARIABLE = "NEXUS_CHAOS_CONTROL_TOKEN"  # noqa: S105 - the variable's name, not a token
MIN_TOKEN = 16
SALT = "salt"  # the name under which the store keeps the fingerprint key
GRACE_S = 0.5  # hanging or held requests would use up any amount


async def run(
    party: ThirdParty, ledger: Path, data_port: int, control_port: int, token: str, *, host: str = HOST
) -> None:
    """Serves the fake until SIGTERM. Raises BadInput when the ledger or a port cannot be used."""
    async with await LedgerStore.open(ledger, party.row) as store, AsyncExitStack() as errands:
        if SALT not in store.kept:
            store.keep(SALT, secrets.token_hex(16))
            await store.sync()
        new_desk = partial(party.desk, store.kept[SALT])
        desk = new_desk()
        courier = party.courier(desk, store) if party.courier else None
        fake = Fake(desk, store, courier, another_desk=new_desk)
        await asyncio.to_thread(fake.recover)
        if courier:
            await errands.enter_async_context(courier)
        more = [_view(name, view, store) for name, view in party.views.items()]
        await serve([(fake, data_port), (control(fake, token, *more), control_port)], host=host, grace_s=GRACE_S)


def _view(name: str, view: View, store: LedgerStore[Any]) -> Route:
    """A control route specific to this fake."""

    async def show(request: Request) -> Response:
        return JSONResponse(view(store, dict(request.query_params)))

    return Route(f"/{name}", show, methods=["GET"])


def _token() -> str:
    token = os.environ.get(TOKEN_VARIABLE, "")
    if len(token) < MIN_TOKEN:
        raise BadInput(
            "the control plane's token is missing or too short",
            where=TOKEN_VARIABLE,
            allowed=f"{MIN_TOKEN} characters or more, in this environment variable",
        )
    return token


def main() -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m chaos.fakes", description="A third party that misbehaves on command."
    )
    parser.add_argument("party", help="module:PARTY of a chaos.fakes.party.ThirdParty")
    parser.add_argument("--ledger", type=Path, required=True, help="SQLite file; created if it does not exist")
    parser.add_argument("--data-port", type=int, default=0, help="0: the kernel chooses")
    parser.add_argument("--control-port", type=int, default=0, help="likewise, for the control plane")
    parser.add_argument("--host", default=HOST, help="in a container: 0.0.0.0")
    given = parser.parse_args()
    try:
        party, token = find_party(given.party), _token()
        asyncio.run(run(party, given.ledger, given.data_port, given.control_port, token, host=given.host))
    except BadInput as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
