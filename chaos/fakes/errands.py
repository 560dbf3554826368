"""What a fake does by itself after its answer: an errand, and the courier who carries errands out."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from chaos.fakes.rules import Webhook
from chaos.model import Frozen


class Errand(Frozen):
    """Something that is still open when it is answered: it is to be settled, and whoever waits for it is to be told."""

    about: str  # what is open, by the id that the desk knows it by
    url: str  # who is to be told
    plan: Webhook
    row: dict[str, Any]  # what the ledger rows of the attempt that opened it have in common


class Courier(AbstractAsyncContextManager["Courier"], Protocol):
    """Carries errands out, each once. `async with`, after recovery: it takes up what a kill has cut short."""

    def accept(self, errand: Errand) -> None:
        """Keeps the errand, to be durable together with the row that says what is open."""

    def start(self, errand: Errand) -> None:
        """Carries the errand out in the background."""

    async def carry(self, errand: Errand) -> None:
        """Carries it out, and returns when that is done."""
