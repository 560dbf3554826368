"""The user directory's client."""

from __future__ import annotations

import json

import pytest
import respx
from restate import TerminalError

from services import directory


@respx.mock
async def test_a_role_and_permissions_are_put() -> None:
    role = respx.put("http://mailer.test/v1/users/u1/role").respond(204)
    permissions = respx.put("http://mailer.test/v1/users/u1/permissions").respond(200, text="fine")
    await directory.put_role(user_id="u1", role="admin")
    await directory.put_permissions(user_id="u1", permissions=["read"])
    assert json.loads(role.calls.last.request.content) == {"role": "admin"}
    assert json.loads(permissions.calls.last.request.content) == {"permissions": ["read"]}


@respx.mock
async def test_a_user_id_stays_one_step_of_the_path() -> None:
    route = respx.put(url__regex=r".*").respond(204)
    await directory.put_role(user_id="../a b?c#d", role="admin")
    assert route.calls.last.request.url.raw_path == b"/v1/users/..%2Fa%20b%3Fc%23d/role"


@respx.mock
@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_what_is_not_wanted_ends(status: int) -> None:
    respx.put("http://mailer.test/v1/users/u1/role").respond(status, json={"code": "invalid"})
    with pytest.raises(TerminalError, match="gateway_refused: "):
        await directory.put_role(user_id="u1", role="admin")
