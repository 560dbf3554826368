"""What a search asks of a history at each place: who may come next, how much is used up, what is still in sight."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable

from chaos.linearizability.history import History
from chaos.linearizability.kinds import LOST, Kind, State
from chaos.linearizability.model import Model


class Steps(dict[State, State | None]):
    """From each state to the one after an operation of a kind; None where it cannot take place.

    Each step is asked of the model once and then remembered, so that a try costs one look-up.
    """

    def __init__(self, model: Model, kind: Kind) -> None:
        super().__init__()
        self._model = model
        self._kind = kind

    def __missing__(self, state: State) -> State | None:
        after = self[state] = self._model.step(self._kind, state)
        return after


Window = list[tuple[int, Steps, int]]  # (its bit in `ahead`, what it does, its number)


def windows(history: History, steps: dict[Kind, Steps]) -> tuple[list[Window], list[Window]]:
    """For each operation, itself and the later answered ones that were invoked before its answer: looks, and changes.

    Of the changes, the last is the one answered first, as a stack wants them.
    """
    calls, kinds = history.calls, history.kinds
    does = [(kind.looks, steps[kind]) for kind in kinds]
    by_call = sorted(range(len(calls)), key=calls.__getitem__)
    looks: list[Window] = []
    changes: list[Window] = []
    under_way: list[int] = []
    entered = 0
    for first, answered in enumerate(history.returns):
        while entered < len(by_call) and calls[by_call[entered]] < answered:
            insort(under_way, by_call[entered])
            entered += 1
        looking: Window = []
        changing: Window = []
        for number in under_way:
            looks_only, table = does[number]
            (looking if looks_only else changing).append((1 << (number - first), table, number))
        changing.reverse()
        looks.append(looking)
        changes.append(changing)
        del under_way[0]  # it is `first`: all before it are gone
    return looks, changes


class Counts:
    """How many of each kind of optional operations are used up, all in one integer: a field for each kind.

    Every field has a bit more than its count needs, so that a comparison of all of them is one subtraction.
    """

    def __init__(self, most: list[int], counted: frozenset[int] | None = None) -> None:
        self.one: list[int] = []  # by kind: what to add for one more; 0 if it is not counted
        self._at: list[tuple[int, int]] = []
        self._guards = 0
        shift = 0
        for number, count in enumerate(most):
            width = count.bit_length()
            self.one.append(1 << shift if counted is None or number in counted else 0)
            self._at.append((shift, (1 << width) - 1))
            shift += width
            self._guards |= 1 << shift
            shift += 1

    def of(self, used: int, number: int) -> int:
        """How many of the kind with this number."""
        shift, mask = self._at[number]
        return (used >> shift) & mask

    def better(self, best: tuple[int, ...], used: int) -> tuple[int, ...] | None:
        """None when one of `best` uses up no more of any kind; else the best with `used` among them."""
        guards = self._guards
        guarded = used | guards
        for each in best:
            if (guarded - each) & guards == guards:
                return None
        return (*(each for each in best if ((each | guards) - used) & guards != guards), used)


class Sight:
    """Whether the next look to be answered may still come true, and which states are all the same to those to come."""

    def __init__(self, history: History, model: Model, changes: list[Window]) -> None:
        self._history = history
        self._model = model
        self._windows = changes
        kinds = history.kinds
        self._changes = [number for number, kind in enumerate(kinds) if not kind.looks]
        self._next: list[int] = [len(kinds)] * (len(kinds) + 1)  # the first look from here on
        for number in range(len(kinds) - 1, -1, -1):
            self._next[number] = number if kinds[number].looks else self._next[number + 1]
        self._optional: dict[int, bool] = {}
        in_sight = model.in_sight(kind for kind in kinds if kind.looks)
        self.reduced = _Reduced(in_sight)

    def lost(self, first: int, ahead: int, state: State) -> int | None:
        """The next look to be answered, if nothing before it can lead from this state to what it has seen.

        Else None.
        """
        look = self._next[first]
        kinds = self._history.kinds
        while look < len(kinds) and (ahead >> (look - first)) & 1:
            look = self._next[look + 1]
        if look == len(kinds) or self._model.may_lead(state, kinds[look]):
            return None
        return None if self._optional_resets(look) or self._reset_ahead(first, ahead, look) else look

    def _reset_ahead(self, first: int, ahead: int, look: int) -> bool:
        """Whether an operation that is not yet placed may reset the state before the look."""
        kinds, changes = self._history.kinds, self._changes
        between = changes[bisect_left(changes, first) : bisect_left(changes, look)]
        beside = [number for _, _, number in self._windows[look]]
        return any(
            not (ahead >> (number - first)) & 1 and self._model.resets(kinds[number], kinds[look])
            for number in (*between, *beside)
        )

    def _optional_resets(self, look: int) -> bool:
        """Whether one without an answer may: those used up are not counted out."""
        found = self._optional.get(look)
        if found is None:
            answered, kind = self._history.returns[look], self._history.kinds[look]
            found = self._optional[look] = any(
                calls[0][0] < answered and self._model.resets(change, kind)
                for change, calls in self._history.later.items()
            )
        return found


class _Reduced(dict[State, State]):
    """Each state, or LOST in its place."""

    def __init__(self, in_sight: Callable[[State], bool]) -> None:
        super().__init__({LOST: LOST})
        self._in_sight = in_sight

    def __missing__(self, state: State) -> State:
        reduced = self[state] = state if self._in_sight(state) else LOST
        return reduced
