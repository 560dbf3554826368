"""The six objects said once more, as plainly as can be, for what is tested must not be its own witness."""

from __future__ import annotations

import random
from typing import Any

HOLDERS = ("ann", "bob")
FUNCTIONS = {
    "register": ("read", "write"),
    "cas-register": ("read", "write", "cas"),
    "kv": ("get", "put", "append"),
    "mutex": ("acquire", "release"),
    "ticket": ("get", "reserve", "confirm", "release"),
    "account": ("read", "deposit", "withdraw"),
}
FIRST: dict[str, Any] = {"register": None, "cas-register": None, "kv": "", "mutex": False, "ticket": None, "account": 0}
LOOKS = ("read", "get")


def argument(model: str, f: str, chance: random.Random) -> Any:
    """What an invocation asks for."""
    if f in LOOKS or model == "mutex":
        return None
    if f == "cas":
        return [chance.randrange(3), chance.randrange(3)]
    if model == "kv":
        return chance.choice(["", "a", "b", "ab"])
    return chance.choice(HOLDERS) if model == "ticket" else chance.randrange(3)


def seen(model: str, chance: random.Random) -> Any:
    """What a look might see."""
    if model == "kv":
        return "".join(chance.choice("ab") for _ in range(chance.randrange(4)))
    if model == "ticket":
        holder = chance.choice(HOLDERS)
        return chance.choice([None, holder, ["reserved", holder], ["confirmed", holder]])
    return chance.randrange(-1, 4) if model == "account" else chance.choice([None, 0, 1, 2])


def do(model: str, state: Any, f: str, value: Any) -> tuple[bool, Any]:
    """Whether it takes place in the state, and the state after it; looks are not asked here."""
    if f in ("write", "put"):
        return True, value
    if f == "cas":
        return state == value[0], value[1]
    if f == "append":
        return True, state + value
    if f == "acquire":
        return not state, True
    if model == "mutex":
        return state, False
    if f == "reserve":
        return state in (None, ["reserved", value]), ["reserved", value]
    if f == "confirm":
        return state in (["reserved", value], ["confirmed", value]), ["confirmed", value]
    if f == "release":
        return True, None if state == ["reserved", value] else state
    return (True, state + value) if f == "deposit" else (state >= value, state - value)


def fits(model: str, state: Any, saw: Any) -> bool:
    """Whether a look at the state may see this."""
    return saw == state or (model == "ticket" and state is not None and saw == state[1])
