"""Who wrote one key of an object's state, from which value to which: what an exclusive object's writers must form.

Each writer is an edge from the value that it found to the value that it left. Writers that ran one after another walk
these edges as one path (an Eulerian trail), so all but its first and last value are left as often as they are found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from chaos.checkers.object_states import NOTHING, Fingerprint, Touches
from chaos.evidence.journal import Invocation


@dataclass(frozen=True)
class Chain:
    """`began`: who found a value and changed it. `left`: how often a value was left. `new`: nothing was there at first.

    `blind`: somebody wrote without looking, and fits anywhere.
    """

    began: dict[Fingerprint, list[Invocation]]
    left: Counter[Fingerprint]
    blind: bool
    new: bool

    @classmethod
    def of(cls, writers: Iterable[tuple[Invocation, Touches]], key: str, *, new: bool) -> Chain:
        """The chain of one state key; writers that changed nothing are left out."""
        began: dict[Fingerprint, list[Invocation]] = {}
        handed: Counter[Fingerprint] = Counter()
        blind = False
        for each, touches in writers:
            found, left = touches.found.get(key), touches.wrote(key)
            if left is None or found == left:
                continue
            handed[left] += 1
            blind = blind or found is None
            if found is not None:
                began.setdefault(found, []).append(each)
        return cls(began, handed, blind, new)

    @property
    def is_broken(self) -> bool:
        """A path begins once: only its first writer may find what none of the others left, if anything was there."""
        return self._over() > (0 if self.new else 1)

    @property
    def forks(self) -> list[list[Invocation]]:
        """Of a broken chain, those who began from one value that was left less often."""
        return [starts for starts in self._odd().values() if len(starts) > 1]

    @property
    def stray(self) -> Invocation:
        """Of a broken chain without a fork, one that found a value that nobody left."""
        return [*self._odd().values()][-1][-1]

    @property
    def ends(self) -> set[Fingerprint]:
        """The values that can be the last."""
        last = {value for value, times in self.left.items() if times > len(self.began.get(value, ()))}
        if self.blind:
            return {*self.left}
        if last:
            return last
        return {NOTHING} if self.new else {*self.left}

    def _surplus(self, value: Fingerprint) -> int:
        """How many more began from a value than it was left for; one may have begun from what was there at first."""
        at_first = 1 if self.new and value == NOTHING else 0
        return len(self.began.get(value, ())) - self.left[value] - at_first

    def _over(self) -> int:
        return sum(self._surplus(value) for value in self._odd())

    def _odd(self) -> dict[Fingerprint, list[Invocation]]:
        return {value: starts for value, starts in self.began.items() if self._surplus(value) > 0}
