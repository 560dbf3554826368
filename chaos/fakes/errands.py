"""What a fake does by itself after its answer: an errand, and the courier that carries errands out."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from chaos.fakes.rules import Webhook
from chaos.model import Frozen


class Errand(Frozen):
    """Something still open when it is answered: it must be settled later, and whoever waits for it must be told."""

    about: str  # the id by which the desk knows what is open
    url: str  # whom to tell
    plan: Webhook
    row: dict[str, Any]  # what the ledger rows of the attempt that opened it have in common


class Courier(AbstractAsyncContextManager["Courier"], Protocol):
    """Carries errands out, each once. Use `async with`, after recovery: it resumes what a kill has cut short."""

    def accept(self, errand: Errand) -> None:
        """Stores the errand, so that it becomes durable together with the row that says what is open."""

    def start(self, errand: Errand) -> None:
        """Carries the errand out in the background."""

    async def carry(self, errand: Errand) -> None:
        """Carries it out, and returns when that is done."""
