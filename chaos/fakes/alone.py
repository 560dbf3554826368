"""A gateway by itself, without a stack: it misbehaves as a file of rules says, and tells of every attempt in a line."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from chaos.errors import BadInput
from chaos.evidence.ledger import LedgerRow
from chaos.fakes.fake import Fake
from chaos.fakes.gateway import Gateway
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.rules import Rule, parse_rules
from chaos.fakes.webhooks import Courier
from chaos.machine.serving import HOST, serve
from chaos.textfile import read_mapping

ALLOWED = '{"rules": [{"id", "match", "action"}, …]}'
GRACE_S = 0.5  # what hangs or is held would use up any


def read_rules(path: Path) -> list[Rule]:
    """The rules in a YAML or JSON file. Raises BadInput naming the field that is wrong and what is allowed there."""
    raw = read_mapping(path, "rule", allowed=ALLOWED)
    try:
        return parse_rules(json.dumps(raw, default=str))
    except BadInput as error:
        raise BadInput(error.what, where=f"{path}: {error.where}", allowed=error.allowed) from error


async def run_alone(rules: Sequence[Rule], folder: Path, port: int, tell: Callable[[str], None]) -> None:
    """Serves the gateway on loopback until SIGINT or SIGTERM; its ledger is in `folder`.

    Raises BadInput when the port cannot be had.
    """
    async with await LedgerStore.open(folder / "gateway.sqlite") as store:
        desk = Gateway(secrets.token_hex(16))
        courier = Courier(desk, store)
        gateway = Fake(desk, store, courier)
        await asyncio.to_thread(gateway.recover)
        await gateway.set_rules(list(rules))
        store.listener = _Telling(tell)
        async with courier:
            await serve(
                [(gateway, port)],
                grace_s=GRACE_S,
                ready=lambda ports: tell(f"gateway on http://{HOST}:{ports[0]}, {len(rules)} rules; Ctrl-C ends it"),
            )


class _Telling:
    """Says of every attempt, when it stops, ends or is made known, what became of it."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._effects: dict[int, str] = {}  # of attempts under way

    def __call__(self, row: LedgerRow) -> None:
        match row.kind:
            case "effect" if row.effect:
                self._effects[row.attempt] = row.effect
            case "hold":
                self._say(row, "held")
            case "answer":
                self._say(row, f"{row.status}")
            case "drop":
                self._say(row, "no answer")
            case "webhook":
                self._say(row, f"webhook, answered {row.status or 'never'}")

    def _say(self, row: LedgerRow, became: str) -> None:
        number = f" #{row.number}" if row.number else ""
        rule = f" [{row.rule_id}]" if row.rule_id else ""
        effect = self._effects.get(row.attempt) if row.kind == "hold" else self._effects.pop(row.attempt, None)
        more = ", ".join(filter(None, [effect, row.detail]))
        subject = row.key or row.order_id or "no key"
        self._tell(f"{row.method} {row.path} {subject}{number}{rule}: {became}{f' ({more})' if more else ''}")
