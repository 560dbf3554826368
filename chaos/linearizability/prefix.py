"""The smallest prefix of a history that is not linearizable, found when the history is known not to be."""

from __future__ import annotations

from typing import NamedTuple

from chaos.linearizability.history import History
from chaos.linearizability.model import Model
from chaos.linearizability.pursuit import Pursuit
from chaos.linearizability.search import Search, Trail
from chaos.outcome import Outcome

MOST_TRIES = 10
MOST_STEPS = 1_000  # of each


class Prefix(NamedTuple):
    """It ends with the answer of the operation `number`. `trails` of `search` explain all answers before `reached`."""

    number: int
    reached: int  # `number`, when the prefix is known to be the smallest
    search: Search
    trails: list[Trail]


def smallest_prefix(pursuit: Pursuit, model: Model) -> Prefix:
    """A search that looks ahead, or that lets operations repeat, may give up before it stands at the answer that none
    explains. Then what comes before that answer is searched by itself: if it is linearizable, the prefix is the
    smallest; if not, there is a smaller one.
    """
    number, exact = pursuit.unreached, pursuit.exact
    for _ in range(MOST_TRIES):
        if exact.furthest == number:
            break
        before = Pursuit(_before(exact.history, number), model)
        before.run(MOST_STEPS)
        if before.outcome is Outcome.VALID:
            return Prefix(number, number, before.ended, [before.ended.trail])
        if before.outcome is None:
            break
        number, exact = before.unreached, before.exact
    return Prefix(number, exact.furthest, exact, [each.trail for each in exact.stuck])


def _before(history: History, number: int) -> History:
    """The history without the answers from that of `number` on: what was under way may take place, or not."""
    end = history.returns[number]
    cut = History(history.key)
    cut.calls, cut.returns = history.calls[:number], history.returns[:number]
    cut.kinds, cut.processes = history.kinds[:number], history.processes[:number]
    for kind, calls in history.later.items():
        then = [each for each in calls if each[0] < end]
        if then:
            cut.later[kind] = then
    for at in range(number, len(history.calls)):
        if history.calls[at] < end and not history.kinds[at].looks:
            cut.later.setdefault(history.kinds[at], []).append((history.calls[at], history.processes[at]))
    for calls in cut.later.values():
        calls.sort()
    return cut
