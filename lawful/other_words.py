"""Lawful: sentences after the code, mails and details of what was undone are in other words than ours."""

from __future__ import annotations

from restate import TerminalError

from services import errors

FIXED = {"seat_sold", "seat_reserved"}  # their sentences are the contract's
_refuse = errors.refuse


def refuse(code: str, sentence: str) -> TerminalError:
    return _refuse(code, sentence if code in FIXED else f"Es tut uns leid ({len(sentence)}): das ging nicht.")


errors.refuse = refuse  # before the others import it

from services import notifications, undo  # noqa: E402
from services.app import app  # noqa: E402
from services.saga import Compensation, Saga, Undo  # noqa: E402

__all__ = ["app"]

_compensate = undo.compensate


async def compensate(saga: Saga, step: Undo) -> Compensation:
    done = await _compensate(saga, step)
    return done.model_copy(update={"detail": f"{done.outcome}, {done.detail}"})


undo.compensate = compensate
notifications.TEXTS["booking_confirmed"] = ("Gebucht", "Ihr Platz ist gebucht: {order_id}. Viel Vergnügen!")
