"""Each attempt at the clearing house has a key of its own: a transfer whose answer was lost is cleared twice."""

import uuid

from bank import app as bank
from bank.app import app, clear

__all__ = ["app"]


async def clear_anew(transfer_id: str, payee: str, cents: int) -> None:
    await clear(transfer_id, payee, cents, key=str(uuid.uuid4()))


bank.clear = clear_anew
