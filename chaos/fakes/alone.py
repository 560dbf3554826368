"""A third party by itself, without a stack: it misbehaves as a file of rules says, and reports every attempt."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from chaos.errors import BadInput
from chaos.evidence.ledger import LedgerRow
from chaos.fakes.fake import Fake
from chaos.fakes.ledger_store import LedgerStore
from chaos.fakes.party import ThirdParty
from chaos.fakes.rules import Rule, parse_rules
from chaos.machine.serving import HOST, serve
from chaos.textfile import read_mapping

ALLOWED = '{"rules": [{"id", "match", "action"}, …]}'
GRACE_S = 0.5  # hanging or held requests would use up any amount


def read_rules(path: Path) -> list[Rule]:
    """The rules in a YAML or JSON file. Raises BadInput naming the wrong field and what is allowed there."""
    raw = read_mapping(path, "rule", allowed=ALLOWED)
    try:
        return parse_rules(json.dumps(raw, default=str))
    except BadInput as error:
        raise BadInput(error.what, where=f"{path}: {error.where}", allowed=error.allowed) from error


async def run_alone(
    party: ThirdParty, rules: Sequence[Rule], folder: Path, port: int, tell: Callable[[str], None]
) -> None:
    """Serves a third party on loopback until SIGINT or SIGTERM; its ledger is in `folder`.

    Raises BadInput when the port is not available.
    """
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(await LedgerStore.open(folder / f"{party.name}.sqlite", party.row))
        new_desk = partial(party.desk, secrets.token_hex(16))
        desk = new_desk()
        courier = party.courier(desk, store) if party.courier else None
        fake = Fake(desk, store, courier, another_desk=new_desk)
        await asyncio.to_thread(fake.recover)
        await fake.set_rules(list(rules))
        store.listener = _Telling(tell)
        if courier:
            await opened.enter_async_context(courier)
        await serve(
            [(fake, port)],
            grace_s=GRACE_S,
            ready=lambda ports: tell(f"{party.name} on http://{HOST}:{ports[0]}, {len(rules)} rules; Ctrl-C ends it"),
        )


class _Telling:
    """Reports on every attempt when it is held, when it ends and when its webhook is sent."""

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
        subject = row.key or row.case or "no key"
        self._tell(f"{row.method} {row.path} {subject}{number}{rule}: {became}{f' ({more})' if more else ''}")
