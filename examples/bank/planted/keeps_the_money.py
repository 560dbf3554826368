"""A transfer that is refused is not undone: what was withdrawn is gone."""

from bank import app as bank
from bank.app import app

__all__ = ["app"]


async def give_nothing_back(*_: object) -> None: ...


bank.give_back = give_nothing_back
