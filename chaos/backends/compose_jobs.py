"""The one-off jobs of docker-compose.chaos.yml: making the stack's secrets, and registering the app with Restate.

Started in a container as `python -m chaos.backends.compose_jobs keys FOLDER`, or `… register ADMIN_URL ENDPOINT_URL`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import subprocess
import sys
from pathlib import Path

import httpx

from chaos.backends.identity import PREFIX, write_key
from chaos.backends.registration import register
from chaos.errors import ChaosError

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
PUBLIC_BYTES = 32


def make_keys(folder: Path) -> None:
    """Restate's signing key, its public half as the SDK expects it, and the token of the fakes' control planes.

    Existing ones are kept: a stack that is stopped and started again has the same. Needs openssl.
    """
    private = folder / "identity.pem"
    if not private.exists():
        write_key(private)
    public = subprocess.run(
        ["openssl", "pkey", "-in", private, "-pubout", "-outform", "DER"], capture_output=True, check=True
    ).stdout[-PUBLIC_BYTES:]
    (folder / "identity.pub").write_text(PREFIX + base58(public), "ascii")
    token = folder / "control.token"
    if not token.exists():
        with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24))


def base58(data: bytes) -> str:
    """Base58 as in Bitcoin: a leading zero byte is a leading 1."""
    number, digits = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, len(BASE58))
        digits = BASE58[digit] + digits
    return BASE58[0] * (len(data) - len(data.lstrip(b"\0"))) + digits


async def _register(admin_url: str, endpoint_url: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await register(http, admin_url, endpoint_url, app=endpoint_url)


def main() -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="chaos.backends.compose_jobs", description="Jobs of the Compose stack.")
    jobs = parser.add_subparsers(dest="job", required=True)
    keys = jobs.add_parser("keys", help="make the stack's secrets")
    keys.add_argument("folder", type=Path)
    registering = jobs.add_parser("register", help="register the app with Restate")
    registering.add_argument("admin_url")
    registering.add_argument("endpoint_url")
    given = parser.parse_args()
    try:
        if given.job == "keys":
            make_keys(given.folder)
        else:
            print(f"registered {asyncio.run(_register(given.admin_url, given.endpoint_url))}")
    except ChaosError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
