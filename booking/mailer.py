"""The mailer's honest part: messages, sent once per key, and the user directory."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from booking.ledgers import MailerChange, MailerRow
from chaos.fakes.exchange import Answer, Body, Invalid, Name, Request, Text, fingerprint, refusal
from chaos.fakes.ledger_store import LedgerStore

MESSAGE = "message:"  # what a message is kept under in the store; its text may be a secret and stands in no ledger row


class MessageBody(Body):
    to: Name
    subject: Text
    body: Text


class RoleBody(Body):
    role: Name


class PermissionsBody(Body):
    permissions: list[Name]


class Mailer:
    """Messages by key."""

    def __init__(self, salt: str) -> None:
        self._salt = salt
        self._by_key: dict[str, tuple[str, str]] = {}  # Idempotency-Key → message_id, fingerprint

    def identify(self, request: Request) -> tuple[str | None, str | None]:
        return request.key, None

    def answer(self, request: Request) -> Answer:
        try:
            match request.method, request.path.split("/"):
                case "POST", ["", "v1", "messages"]:
                    return self._send(request.required_key(), request.body(MessageBody))
                case "PUT", ["", "v1", "users", *user_id, "role"] if user_id:
                    role = request.body(RoleBody).role
                    return Answer(200, {"role": role}, (_entry(user_id, "role", role),))
                case "PUT", ["", "v1", "users", *user_id, "permissions"] if user_id:
                    permissions = request.body(PermissionsBody).permissions
                    change = _entry(user_id, "permissions", json.dumps(permissions))
                    return Answer(200, {"permissions": permissions}, (change,))
        except Invalid as error:
            return refusal(422, "invalid", str(error))
        return refusal(404, "not_found", "there is no such call")

    def apply(self, row: MailerRow) -> None:
        """Makes one effect row so; see exchange.Desk."""
        if row.effect == "message" and row.key and row.message_id:
            self._by_key[row.key] = row.message_id, row.fingerprint or ""
        elif row.effect == "forget" and row.key:
            self._by_key.pop(row.key, None)

    def _send(self, key: str, body: MessageBody) -> Answer:
        body_print = fingerprint(body, self._salt)
        if key in self._by_key:
            message_id, known = self._by_key[key]
            if known != body_print:
                return refusal(409, "key_reused", "this key was used with another message")
            return Answer(202, {"message_id": message_id})
        message_id = f"msg_{secrets.token_hex(8)}"
        change = MailerChange(effect="message", message_id=message_id, to=body.to, fingerprint=body_print)
        kept = {MESSAGE + message_id: body.model_dump_json()}
        return Answer(202, {"message_id": message_id}, (change,), kept)


def _entry(user_id: list[str], effect: str, value: str) -> MailerChange:
    """A directory entry of a user, whose id has several parts in a path where it has slashes."""
    return MailerChange(effect=effect, to="/".join(user_id), detail=value)


def messages(store: LedgerStore[MailerRow], query: Mapping[str, str]) -> dict[str, Any]:
    """What `to` was sent, oldest first: {message_id, to, subject, body}."""
    sent = [
        {"message_id": name.removeprefix(MESSAGE), **json.loads(value)}
        for name, value in store.kept.items()
        if name.startswith(MESSAGE)
    ]
    return {"messages": [message for message in sent if message["to"] == query.get("to", "")]}
