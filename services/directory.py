"""The user directory's client: each function is one attempt to put one thing in order, and safe to repeat."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel

from services.outbound import ask
from services.settings import settings


class Role(BaseModel):
    role: str


class Permissions(BaseModel):
    permissions: list[str]


class Applied(BaseModel):
    """The directory took it; what it answers beyond that is its own business."""


async def put_role(*, user_id: str, role: str) -> Applied:
    return await _put(user_id, "role", Role(role=role))


async def put_permissions(*, user_id: str, permissions: list[str]) -> Applied:
    return await _put(user_id, "permissions", Permissions(permissions=permissions))


async def _put(user_id: str, what: str, body: BaseModel) -> Applied:
    """Raises 502 `gateway_refused` if it is not wanted."""
    answer = await ask("PUT", settings().mailer_url, f"/v1/users/{quote(user_id, safe='')}/{what}", body=body)
    if not answer.ok:
        raise answer.refusal()
    return Applied()
