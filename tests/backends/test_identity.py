"""Identity: keys nobody else can read, calls as Restate makes them; the SDK takes such a call, or not, as it should."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import restate
from restate import ObjectContext, VirtualObject

from chaos.backends.compose_jobs import make_keys
from chaos.backends.identity import PKCS8_ED25519, public_key, write_key
from chaos.errors import StartFailed
from chaos.stack.impostor import CONTENT_TYPE, invocation, signed_by_nobody

PUBLIC = "publickeyv1_HHaMW9zpvGa8gv63tswfaWHyBFqyDHT7DheXS3VfHV6b"
PATH = "/invoke/Till/add"
took: list[tuple[str, Any]] = []
till = VirtualObject("Till")


@till.handler()
async def add(ctx: ObjectContext, coins: dict[str, int]) -> None:
    took.append((ctx.key(), coins))


def test_a_private_key_is_its_owners_and_another_every_time(tmp_path: Path) -> None:
    keys = []
    for name in ("a.pem", "b.pem"):
        write_key(tmp_path / name)
        begin, body, end = (tmp_path / name).read_text("ascii").splitlines()
        assert (begin, end) == ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----")
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        keys.append(base64.b64decode(body))
    assert all(key.startswith(PKCS8_ED25519) and len(key) == len(PKCS8_ED25519) + 32 for key in keys)
    assert keys[0] != keys[1]
    with pytest.raises(FileExistsError):
        write_key(tmp_path / "a.pem")


@pytest.mark.parametrize(("said", "known"), [({"kid": PUBLIC}, True), ({"kid": "other"}, False), ("text", False)])
async def test_the_public_key_is_the_one_the_server_names(said: Any, known: bool, tmp_path: Path) -> None:
    line = json.dumps({"fields": said})
    if known:
        assert public_key(line) == PUBLIC
    else:
        with pytest.raises(StartFailed, match="publickeyv1_"):
            public_key(line)


async def call(keys: list[str], headers: dict[str, str]) -> int:
    took.clear()
    app: Any = restate.app([till], identity_keys=keys)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://endpoint.test") as client:
        response = await client.post(
            PATH, content=invocation("k" * 200, {"coins": 300}), headers={"content-type": CONTENT_TYPE} | headers
        )
    return response.status_code


def keys_in(folder: Path) -> str:
    """Makes a pair of keys there; returns the public one."""
    folder.mkdir()
    make_keys(folder)
    return (folder / "identity.pub").read_text("ascii")


def signed_in(
    folder: Path, kid: str, path: str = PATH, *, ends_in_s: int = 60, algorithm: str = "EdDSA"
) -> dict[str, str]:
    """The headers of a call signed with the private key of a folder, as Restate does, whatever they claim."""
    headers = signed_by_nobody(kid, path)
    now = int(time.time())
    claims = {"aud": path, "iat": now - 120, "nbf": now - 120, "exp": now + ends_in_s}
    head = {"typ": "JWT", "alg": algorithm, "kid": kid}
    said = b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims))
    (folder / "said").write_bytes(said)
    command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", folder / "identity.pem", "-in", folder / "said"]
    signature = subprocess.run(command, capture_output=True, check=True).stdout
    token = said + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")
    return headers | {"x-restate-jwt-v1": token.decode()}


@pytest.mark.integration
async def test_what_restate_signed_is_taken_and_what_is_forged_is_not(tmp_path: Path) -> None:
    ours, theirs = keys_in(tmp_path / "ours"), keys_in(tmp_path / "theirs")
    mine, stolen = tmp_path / "ours", tmp_path / "theirs"
    signed = signed_in(mine, ours)
    assert [await call([ours], signed), await call([theirs, ours], signed)] == [200, 200]
    head, claims, signature = signed["x-restate-jwt-v1"].split(".")
    forged = {
        "by another key": signed_in(stolen, theirs),
        "by another key in our name": signed_in(stolen, ours),
        "for another handler": signed_in(mine, ours, "/invoke/Till/get"),
        "long ago": signed_in(mine, ours, ends_in_s=-100),
        "by no algorithm": signed_in(mine, ours, algorithm="none"),
        "said to be unsigned": signed | {"x-restate-signature-scheme": "unsigned"},
        "without a scheme": {"x-restate-jwt-v1": signed["x-restate-jwt-v1"]},
        "without a token": {"x-restate-signature-scheme": "v1"},
        "without a signature": signed | {"x-restate-jwt-v1": f"{head}.{claims}."},
        "with another's signature": signed | {"x-restate-jwt-v1": f"{head}.{claims}x.{signature}"},
    }
    answers = {how: await call([ours], headers) for how, headers in forged.items()}
    assert answers == dict.fromkeys(forged, 401)
    assert took == []


@pytest.mark.parametrize("headers", [{}, signed_by_nobody(PUBLIC, PATH)], ids=["unsigned", "signed by nobody"])
async def test_a_call_is_carried_out_where_no_key_is_known_and_refused_where_one_is(headers: dict[str, str]) -> None:
    assert await call([], headers) == 200
    assert took == [("k" * 200, {"coins": 300})]
    assert await call([PUBLIC], headers) == 401
    assert took == []
