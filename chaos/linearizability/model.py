"""What the search asks of a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chaos.linearizability.kinds import NULL, Kind, State, Value


class Model:
    """One object, as it would be if operations came one at a time. A history has one such object for each key.

    `looks` are the functions that never change it, with `result` read from their `ok`; `changes` are the others, of
    which those that are `bare` need no value.
    """

    name: str
    initial: State
    looks: tuple[str, ...]
    changes: tuple[str, ...]
    bare: tuple[str, ...] = ()
    sees_ahead = False
    few_states = True  # whether operations lead to no more states than there are arguments, however often repeated

    @property
    def functions(self) -> tuple[str, ...]:
        return self.looks + self.changes

    def argument(self, f: str, value: Value) -> State:
        """The value of an `invoke`. Raises Malformed."""
        raise NotImplementedError

    def result(self, f: str, value: Value) -> State:
        """What the `ok` of a look has seen. Raises Malformed."""
        raise NotImplementedError

    def step(self, kind: Kind, state: State) -> State | None:
        """The state after such an operation; None when it cannot take place in this one."""
        raise NotImplementedError

    def observes_failure(self, f: str) -> bool:
        """Whether a `fail` of it tells something of the state; otherwise it did not happen."""
        del f
        return False

    def kind(self, f: str, argument: State, result: State = NULL, *, failed: bool = False) -> Kind:
        """What operations of this function do with this argument, and see."""
        looks = failed or f in self.looks or self.idle(f, argument)
        return Kind(f, argument, result, failed, looks)

    def idle(self, f: str, argument: State) -> bool:
        """Whether an operation that could change the state never does, with this argument."""
        del f, argument
        return False

    # What lies ahead of a state, for models whose states are many; asked only where `sees_ahead`.

    def may_lead(self, state: State, look: Kind) -> bool:
        """Whether `look` may become possible from this state by changes that do not `reset` it."""
        raise NotImplementedError

    def resets(self, change: Kind, look: Kind) -> bool:
        """Whether `change`, in whatever state, may be on the way to `look`."""
        raise NotImplementedError

    def in_sight(self, looks: Iterable[Kind]) -> Callable[[State], bool]:
        """Whether a state may lead to any of these looks before it is reset; all that may not are as good as LOST."""
        raise NotImplementedError
