"""The jobs that compose runs once: secrets that stay, and a public key that belongs to the private one."""

from __future__ import annotations

import base64
import shutil
import stat
from pathlib import Path

import pytest

from chaos.backends.compose_jobs import base58, make_keys
from chaos.backends.identity import PKCS8_ED25519, PREFIX

# RFC 8032, section 7.1, test 1.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"", ""), (b"\0", "1"), (b"\0\0\x28\x7f\xb4\xcd", "11233QC4"), (b"Hello World!", "2NEpo7TZRRrLZSi2U")],
)
def test_base58(data: bytes, text: str) -> None:
    assert base58(data) == text


@pytest.mark.integration
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_the_public_key_is_the_private_ones(tmp_path: Path) -> None:
    body = base64.b64encode(PKCS8_ED25519 + SECRET).decode()
    private = tmp_path / "identity.pem"
    private.write_text(f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n", "ascii")
    make_keys(tmp_path)
    assert (tmp_path / "identity.pub").read_text("ascii") == PREFIX + base58(PUBLIC)


@pytest.mark.integration
@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_secrets_are_their_owners_and_stay(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = {path.name: path.read_text("ascii") for path in tmp_path.iterdir()}
    assert before.keys() == {"identity.pem", "identity.pub", "control.token"}
    assert len(before["control.token"]) >= 16
    for name in ("identity.pem", "control.token"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    make_keys(tmp_path)
    assert {path.name: path.read_text("ascii") for path in tmp_path.iterdir()} == before
