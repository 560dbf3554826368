"""The search for an order of one key's operations that explains every answer.

An operation takes effect at one moment between its invocation and its answer (Herlihy and Wing, "Linearizability: a
correctness condition for concurrent objects", TOPLAS 1990). So the next in the order may be any that was invoked
before the first answer that is not yet explained: those are tried, and taken back where they lead nowhere (Wing and
Gong, "Testing and verifying concurrent objects", JPDC 1993). Which operations are in the order, and the state they lead
to, tell all about what can follow, so no such place is looked at twice (Lowe, "Testing for linearizability",
Concurrency and Computation 2017). Operations are numbered by their answers, and a place is `first`, below which all
are in the order, `ahead`, a bit for each one from there on, and the state.

More shortens the search. Where no source is named, the argument is our own; S is any order that goes on from a place
and explains the rest.

- *A look is placed at once.* One that changes no state, fits this one and was invoked before the answer of `first` may
  come next: move it to the front of S. No state in S changes, and all that was answered before its invocation is in
  the order already. So it is never taken back.
- *No return left is success.* What ended as `info`, or never, has no last moment: S may leave it out.
- *What changes nothing is not placed.* S without such an optional operation has the same states.
- *Equals in the order of invocation.* Of optional operations that do the same, S may use the one invoked first in the
  place of another: it may stand wherever that may. So a count for each kind says which are used up.
- *Fewer used is better.* Of two ways to one place, the one that used up no more of any kind can go on as the other
  can: S fits both. So the other is dropped.
- *None is placed too early.* If what follows an optional operation leads to the same state without it, S can do
  without it; if it leads there when the two are exchanged, S may have it later. Both are tried from the place before;
  of two optional ones that can be exchanged, one order is enough.
- *In sight of a look.* Where a model knows what its states can still become: a place is left when the next answered
  look cannot come true any more, and states from which no look can, until something resets them, are taken for one.
- *First answered, first tried*, which is when an order needs them (Lowe's just-in-time linearization); optional ones
  last.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from chaos.linearizability.history import History
from chaos.linearizability.kinds import Kind, State
from chaos.linearizability.model import Model
from chaos.linearizability.places import Counts, Sight, Steps, windows
from chaos.outcome import Outcome

MOST_STUCK = 3
NONE_USED = (0,)

Trail = Any  # (the trail before, the number of the operation placed; -1 - n for the optional kind n), or ()
# first, ahead, state, what is used up, the state before the optional operation that was placed last or None, trail.
# With ~first in the place of first, only optional operations are left to be tried.
Place = tuple[int, int, State, int, State | None, Trail]


class Stuck(NamedTuple):
    """An order that explains every answer before the `furthest`, and cannot go on."""

    state: State
    trail: Trail


def placed(trail: Trail) -> list[int]:
    """The numbers in a trail, in the order in which they were placed."""
    numbers: list[int] = []
    while trail:
        trail, number = trail
        numbers.append(number)
    numbers.reverse()
    return numbers


class Search:
    """One key's search. It can be run for a while, and goes on where it was.

    `outcome` is None until it is VALID or INVALID. If INVALID, no order explains all answers up to that of the
    operation with the number `unreached`, where what is under way counts with the answer it got later. `furthest` is
    the one that not even the best attempts explain, of which `stuck` are some, each in another state; when it is the
    same one, the history up to its answer is the smallest prefix that is not linearizable: they explain all before.

    With `counted`, only those kinds of optional operations are used up, and others may take place again and again: what
    is INVALID then is INVALID, but what is VALID need not be.
    """

    def __init__(self, history: History, model: Model, counted: frozenset[int] | None = None) -> None:
        self.history = history
        self.outcome: Outcome | None = None if history.calls else Outcome.VALID
        self.furthest = 0
        self.unreached = 0
        self.stuck: list[Stuck] = []
        self.trail: Trail = ()  # once VALID, of the order that was found
        later = sorted(history.later.items(), key=lambda item: item[1][0])
        self.optional: list[tuple[Kind, list[int]]] = [(kind, [line for line, _ in calls]) for kind, calls in later]
        steps = {kind: Steps(model, kind) for kind in {*history.kinds, *history.later}}
        self._optional = [(steps[kind], lines) for kind, lines in self.optional]
        self._counts = Counts([len(lines) for _, lines in self.optional], counted)
        self._looks, self._changes = windows(history, steps)
        self._sight = Sight(history, model, self._changes) if model.sees_ahead else None
        self._seen: dict[tuple[int, int, State], tuple[int, ...]] = {}  # what the best ways there have used up
        self._stack: list[Place] = [(0, 0, model.initial, 0, None, ())]

    @property
    def remembered(self) -> int:
        """How many places are kept in memory."""
        return len(self._seen) + len(self._stack)

    def run(self, steps: int) -> int:
        """Goes on for at most so many steps, each a place looked at; returns how many were made."""
        stack = self._stack
        made = 0
        while stack and made < steps and self.outcome is None:
            made += 1
            place = stack.pop()
            if place[0] < 0:
                self._try_optional(place)
            else:
                self._visit(place)
        if self.outcome is None and not stack:
            self.outcome = Outcome.INVALID
        return made

    def _visit(self, place: Place) -> None:
        """Places the looks that fit, and puts what may come next on the stack, the best on top."""
        if self._sight is not None:
            place = (*place[:2], self._sight.reduced[place[2]], *place[3:])
        first, ahead, state, used, before, trail = place = self._place_looks(place)
        if first == len(self._looks):
            self.outcome, self.trail = Outcome.VALID, trail
            return
        if first >= self.furthest:
            self._note(first, state, trail)
        known = self._seen.get((first, ahead, state))
        best = NONE_USED if known is None and not used else self._counts.better(known or (), used)
        if best is None:
            return
        self._seen[first, ahead, state] = best
        if self._sight is not None:
            look = self._sight.lost(first, ahead, state)
            if look is not None:
                self.unreached = max(self.unreached, look)
                return
        stack = self._stack
        if self._optional:
            stack.append((~first, ahead, state, used, before, trail))
        for bit, steps, number in self._changes[first]:
            if not ahead & bit:
                after = steps[state]
                if after is not None and (before is None or not self._too_early(trail, before, steps, after)):
                    stack.append((first, ahead | bit, after, used, None, (trail, number)))

    def _place_looks(self, place: Place) -> Place:
        first, ahead, state, used, before, trail = place
        looks = self._looks
        while True:
            for bit, steps, number in looks[first]:
                if not ahead & bit and steps[state] is not None:
                    ahead |= bit
                    trail = (trail, number)
                    before = None  # the optional operation, if there was one, has been seen
            if not ahead & 1:
                break
            while ahead & 1:
                ahead >>= 1
                first += 1
            if first == len(looks):
                break
        return first, ahead, state, used, before, trail

    def _try_optional(self, place: Place) -> None:
        """Puts the optional operations on the stack that were invoked before the answer of `first`."""
        first, ahead, state, used, before, trail = place
        answered = self.history.returns[~first]
        for number, (steps, lines) in enumerate(self._optional):
            if lines[0] > answered:
                break
            taken = self._counts.of(used, number)
            if taken == len(lines) or lines[taken] > answered:
                continue
            after = steps[state]
            if after is None or after == state:
                continue
            if before is None or not self._too_early(trail, before, steps, after, number):
                one_more = used + self._counts.one[number]
                self._stack.append((~first, ahead, after, one_more, state, (trail, -1 - number)))

    def _too_early(self, trail: Trail, before: State, steps: Steps, after: State, optional: int | None = None) -> bool:
        """Whether the optional operation that was placed last is not needed for what follows: left out, or placed after
        it, the state is the same. Of two optional ones that can be exchanged, that with the lower number comes first.
        """
        alone = steps[before]
        if alone is None:
            return False
        if alone == after:
            return True
        last = -1 - trail[1]
        exchanged = self._optional[last][0][alone]
        return bool(exchanged == after and (optional is None or optional < last))

    def _note(self, first: int, state: State, trail: Trail) -> None:
        """Keeps what came furthest."""
        if first > self.furthest:
            self.furthest = first
            self.unreached = max(self.unreached, first)
            self.stuck.clear()
        if len(self.stuck) < MOST_STUCK and all(each.state != state for each in self.stuck):
            self.stuck.append(Stuck(state, trail))
