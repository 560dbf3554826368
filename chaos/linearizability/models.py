"""The models that a history can be held against: which operations there are, and what each does to a state."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable

from chaos.errors import BadInput, did_you_mean
from chaos.linearizability.kinds import LOST, NULL, Kind, Malformed, State, Value, comparable
from chaos.linearizability.model import Model


class Register(Model):
    """`read` and `write` of any JSON value; null at first."""

    name = "register"
    initial = NULL
    looks = ("read",)
    changes: tuple[str, ...] = ("write",)

    def argument(self, f: str, value: Value) -> State:
        return NULL if f == "read" else comparable(value)

    def result(self, f: str, value: Value) -> State:
        del f
        return comparable(value)

    def step(self, kind: Kind, state: State) -> State | None:
        if kind.f == "write":
            return kind.argument
        return state if state == kind.result else None


class CasRegister(Register):
    """A register with `cas` of `[old, new]`, which takes place only where the value is `old`.

    One that failed has seen that the value was another at some moment between its invocation and its answer.
    """

    name = "cas-register"
    changes = ("write", "cas")

    def argument(self, f: str, value: Value) -> State:
        if f != "cas":
            return super().argument(f, value)
        if not isinstance(value, list) or len(value) != 2:
            raise Malformed("[old, new]")
        return comparable(value[0]), comparable(value[1])

    def observes_failure(self, f: str) -> bool:
        return f == "cas"

    def idle(self, f: str, argument: State) -> bool:
        return f == "cas" and bool(argument[0] == argument[1])

    def step(self, kind: Kind, state: State) -> State | None:
        if kind.f != "cas":
            return super().step(kind, state)
        old, new = kind.argument
        if kind.failed:
            return None if state == old else state
        return new if state == old else None


class Kv(Model):
    """`get`, `put` and `append` of text; a key that was never put holds ""."""

    name = "kv"
    initial = ""
    looks = ("get",)
    changes = ("put", "append")
    sees_ahead = True
    few_states = False

    def argument(self, f: str, value: Value) -> State:
        return NULL if f == "get" else self.result(f, value)

    def result(self, f: str, value: Value) -> State:
        del f
        if not isinstance(value, str):
            raise Malformed("text")
        return value

    def idle(self, f: str, argument: State) -> bool:
        return f == "append" and argument == ""

    def step(self, kind: Kind, state: State) -> State | None:
        if kind.f == "put":
            return kind.argument
        if kind.f == "append":
            return LOST if state == LOST else state + kind.argument
        return state if state == kind.result else None

    def may_lead(self, state: State, look: Kind) -> bool:
        """Appends only lengthen: a text that does not begin what is read never becomes it, unless a put comes."""
        return look.f != "get" or (state != LOST and bool(look.result.startswith(state)))

    def resets(self, change: Kind, look: Kind) -> bool:
        return change.f == "put" and (look.f != "get" or bool(look.result.startswith(change.argument)))

    def in_sight(self, looks: Iterable[Kind]) -> Callable[[State], bool]:
        """A text begins one of those that are read just when it begins the first that is not before it in order."""
        read = sorted({look.result for look in looks if look.f == "get"})

        def begins_one(state: State) -> bool:
            at = bisect_left(read, state)
            return at < len(read) and bool(read[at].startswith(state))

        return begins_one


class Mutex(Model):
    """`acquire` takes place only while it is free, `release` only while it is held, by whomever; free at first."""

    name = "mutex"
    initial = "free"
    looks = ()
    changes = ("acquire", "release")
    bare = changes

    def argument(self, f: str, value: Value) -> State:
        del f, value
        return NULL

    def step(self, kind: Kind, state: State) -> State | None:
        if kind.f == "acquire":
            return "held" if state == "free" else None
        return "free" if state == "held" else None


class Ticket(Model):
    """Something that one holder can have: `reserve`, `confirm` and `release` by a holder, and `get`; free at first.

    `reserve` takes place while it is free, and again while the same holder has it reserved; `confirm` while that holder
    has it reserved, and again once it is confirmed; `release` frees what that holder has reserved, and otherwise does
    nothing. `get` sees null, who has it, or `[status, holder]` with the status "reserved" or "confirmed".
    """

    name = "ticket"
    initial = NULL
    looks = ("get",)
    changes = ("reserve", "confirm", "release")

    def argument(self, f: str, value: Value) -> State:
        if f == "get":
            return NULL
        return self._holder(value, "a holder, text or a whole number")

    def result(self, f: str, value: Value) -> State:
        del f
        allowed = 'null, a holder, or [status, holder] with the status "reserved" or "confirmed"'
        if value is None:
            return NULL
        if not isinstance(value, list):
            return self._holder(value, allowed)
        if len(value) != 2 or value[0] not in ("reserved", "confirmed"):
            raise Malformed(allowed)
        return value[0], self._holder(value[1], allowed)

    @staticmethod
    def _holder(value: Value, allowed: str) -> State:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Malformed(allowed)
        return value

    def step(self, kind: Kind, state: State) -> State | None:
        reserved, confirmed = ("reserved", kind.argument), ("confirmed", kind.argument)
        if kind.f == "reserve":
            return reserved if state in (NULL, reserved) else None
        if kind.f == "confirm":
            return confirmed if state in (reserved, confirmed) else None
        if kind.f == "release":
            return NULL if state == reserved else state
        return state if kind.result == state or (state != NULL and kind.result == state[1]) else None


class Account(Model):
    """`deposit` and `withdraw` of a whole amount, and `read` of the balance, which is 0 at first and never below."""

    name = "account"
    initial = 0
    looks = ("read",)
    changes = ("deposit", "withdraw")
    few_states = False

    def argument(self, f: str, value: Value) -> State:
        if f == "read":
            return NULL
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise Malformed("a whole number from 0 on")
        return value

    def result(self, f: str, value: Value) -> State:
        del f
        if isinstance(value, bool) or not isinstance(value, int):
            raise Malformed("a whole number")
        return value

    def idle(self, f: str, argument: State) -> bool:
        return f in self.changes and argument == 0

    def step(self, kind: Kind, state: State) -> State | None:
        if kind.f == "deposit":
            return state + kind.argument
        if kind.f == "withdraw":
            return state - kind.argument if state >= kind.argument else None
        return state if state == kind.result else None


MODELS: dict[str, Model] = {each.name: each for each in (Register(), CasRegister(), Kv(), Mutex(), Ticket(), Account())}


def find_model(name: str) -> Model:
    """A model by its name. Raises BadInput."""
    if name not in MODELS:
        what = f"unknown model {name!r}{did_you_mean(name, MODELS)}"
        raise BadInput(
            what, where="--model", allowed=", ".join(MODELS), next_step="docs/linearizability.md says which is which"
        )
    return MODELS[name]
