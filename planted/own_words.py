"""Bug: a declined card is told in words of one's own, so that no client can tell it from an accident.

Caught by client_answers: a checkout fails without a code of the contract, as in `gateway_402`.
"""

from __future__ import annotations

from restate import TerminalError

from services import payment
from services.app import app
from services.errors import STATUS

__all__ = ["app"]

_refuse = payment.refuse


def refuse(code: str, sentence: str) -> TerminalError:
    return TerminalError("Sorry, no.", STATUS[code]) if code == "declined" else _refuse(code, sentence)


payment.refuse = refuse
