"""One key's verdict: the exact search, and beside it a coarser one that can only prove INVALID, and often soon does.

With many operations that have no answer, an exact search is lost in which of them it has used up. A search that lets
them take place again and again knows fewer places, and allows more: where it finds no order, there is none. Where it
finds one that uses some kind more often than it was invoked by then, that kind is counted too, and the search is made
again. This is refinement by counterexamples (Clarke, Grumberg, Jha, Lu and Veith, "Counterexample-guided abstraction
refinement", CAV 2000), with counts as what is abstracted from. The two take turns, so that neither delays the other.
"""

from __future__ import annotations

from chaos.linearizability.history import History
from chaos.linearizability.model import Model
from chaos.linearizability.search import Search, Trail, placed
from chaos.outcome import Outcome

COARSE = 4  # steps for each of the exact search, which mostly has ended before if it ends at all


class Pursuit:
    """One key's search for a verdict, which goes on where it was when it is run again.

    `outcome` is None until it has ended, and `ended` says which search was the first. If INVALID, no order explains all
    answers up to that of the operation with the number `unreached`.
    """

    def __init__(self, history: History, model: Model) -> None:
        self.outcome: Outcome | None = None
        self.unreached = 0
        self.exact = self.ended = Search(history, model)
        self._history = history
        self._model = model
        self._coarse: Search | None = None
        self._counted: frozenset[int] = frozenset()

    @property
    def remembered(self) -> int:
        """How many places are kept in memory."""
        return self.exact.remembered + (self._coarse.remembered if self._coarse else 0)

    def run(self, steps: int) -> int:
        """Goes on for at most so many steps, and COARSE times as many with the coarser search; returns how many."""
        made = self.exact.run(steps)
        if self.exact.outcome is not None:
            self._end(self.exact)
        elif self.exact.optional and self._model.few_states:
            made += self._run_coarse(steps * COARSE)
        return made

    def _run_coarse(self, steps: int) -> int:
        made = 0
        while made < steps and self.outcome is None:
            if self._coarse is None:
                self._coarse = Search(self._history, self._model, self._counted)
            made += self._coarse.run(steps - made)
            if self._coarse.outcome is Outcome.INVALID:
                self._end(self._coarse)
            elif self._coarse.outcome is Outcome.VALID:
                overdrawn = _overdrawn(self._coarse, self._coarse.trail)
                if not overdrawn:
                    self._end(self._coarse)
                self._counted |= overdrawn
                self._coarse = None
        return made

    def _end(self, search: Search) -> None:
        self.outcome, self.unreached, self.ended = search.outcome, search.unreached, search


def _overdrawn(search: Search, trail: Trail) -> frozenset[int]:
    """The kinds of optional operations that an order uses more often than they were invoked by then."""
    returns, done = search.history.returns, set[int]()
    used = [0] * len(search.optional)
    overdrawn: set[int] = set()
    first = 0
    for number in placed(trail):
        if number >= 0:
            done.add(number)
            while first in done:
                first += 1
            continue
        kind = -1 - number
        lines = search.optional[kind][1]
        if used[kind] == len(lines) or lines[used[kind]] > returns[first]:
            overdrawn.add(kind)
        else:
            used[kind] += 1
    return frozenset(overdrawn)
