"""RoleUpdate: two steps in their order, each a run of its own."""

from __future__ import annotations

import pytest
from pydantic import JsonValue
from restate import TerminalError

from services import role_update
from services.errors import refuse
from tests.services.objects import Asked, Object

UPDATE: dict[str, JsonValue] = {"user_id": "ann", "role": "admin", "permissions": ["read", "write"]}
ROLE = Asked("role", {"user_id": "ann", "role": "admin"})
PERMISSIONS = Asked("permissions", {"user_id": "ann", "permissions": ["read", "write"]})


def test_the_role_comes_first_and_then_the_permissions() -> None:
    update = Object(role_update.service, "")
    assert update.call("apply", **UPDATE) == {"applied": ["role", "permissions"]}
    assert update.asked == [ROLE, PERMISSIONS]


@pytest.mark.parametrize(("step", "asked"), [("role", [ROLE]), ("permissions", [ROLE, PERMISSIONS])])
def test_a_step_that_is_refused_ends_the_update(step: str, asked: list[Asked]) -> None:
    update = Object(role_update.service, "")
    update.answers[step] = refuse("gateway_refused", "-")
    with pytest.raises(TerminalError, match=r"^gateway_refused: "):
        update.call("apply", **UPDATE)
    assert update.asked == asked
