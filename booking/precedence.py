"""What was done to an object, and which of two deeds came first, as far as the history and the states tell.

One came first if its client had the answer before the other was sent, or if the other began from a state that it led
to. No clock is asked; where nothing tells, neither came first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from pydantic import JsonValue

from booking.acts import Act, refusal
from booking.model.calls import Answer, Call
from booking.objects import Objects, began, ended, is_opening
from chaos.checkers.invocations import NO_HANDLERS
from chaos.checkers.object_states import NOTHING, Fingerprint, Touches
from chaos.evidence.history import Operation

BEFORE_THE_LOAD = -1
Place = tuple[int, int]  # a chain of states, and where in it


@dataclass(eq=False)
class Deed:
    """A call of an object, known from its journal, from its client, or from both."""

    call: Call
    answer: Answer
    act: Act | None = None
    operation: Operation | None = None
    start: float = BEFORE_THE_LOAD
    end: float = inf
    wrote: bool = False
    places: dict[str, Place] = field(default_factory=dict)  # by state key
    last: bool = False  # a look at the end, when everything else was over

    @property
    def sure(self) -> bool:
        """Whether it certainly did what it was asked."""
        return self.answer.kind == "ok"

    @property
    def possible(self) -> bool:
        """Whether it may have done so: nobody knows, or it was ended from outside when it had written."""
        return self.sure or (self.answer.kind == "none" and (self.act is None or self.wrote))

    def __str__(self) -> str:
        return (
            f"operation {self.operation.number}" if self.operation else self.act.invocation.id if self.act else "a look"
        )


def precedes(one: Deed, other: Deed) -> bool:
    """Whether one surely came before the other."""
    if one.end < other.start or other.last:
        return not one.last
    for key, (chain, place) in one.places.items():
        there = other.places.get(key)
        if there and there[0] == chain and place < there[1]:
            return True
    return False


def deeds(objects: Objects, service: str, key: str) -> list[Deed]:
    """All that was done to an object."""
    acts = objects.acts(service, key)
    places = _places({act.invocation.id: objects.known.touches[act.invocation.id] for act in acts})
    found = [_of_act(objects, act, places.get(act.invocation.id, {})) for act in acts]
    known = {act.invocation.id for act in acts}
    for call in objects.calls(service, key):
        invocation = objects.known.asked.get(call.number)
        never_ran = call.conclusion == "fail" and call.code in NO_HANDLERS
        if not never_ran and (invocation is None or invocation.id not in known):
            about = Call(call.handler, call.input)
            found.append(Deed(about, _told(call), None, call, began(call), ended(call)))
    return found


def last_look(objects: Objects, target: str) -> Deed | None:
    """The final read of an object; None when there was none, or while something still moved."""
    view: JsonValue = objects.books.record.meta.views.get(target)
    if view is None or not objects.books.at_rest or (isinstance(view, dict) and view.keys() == {"error"}):
        return None
    return Deed(Call("get"), Answer("ok", view), start=inf, last=True)


def _of_act(objects: Objects, act: Act, places: dict[str, Place]) -> Deed:
    operation = objects.operations.get(act.invocation.id)
    start: float = began(operation) if operation else objects.not_before(act.invocation)
    end = ended(operation) if operation else inf
    if is_opening(objects, act.invocation):
        start, end = BEFORE_THE_LOAD, 0  # what is opened is opened before all else
    wrote = objects.known.touches[act.invocation.id].is_write
    return Deed(Call(act.invocation.handler, act.input), act.answer, act, operation, start, end, wrote, places)


def _told(call: Operation) -> Answer:
    if call.conclusion == "info":
        return Answer("none")
    return Answer("ok", call.output) if call.conclusion == "ok" else refusal(call.message or call.code or "")


def _places(touched: dict[str, Touches]) -> dict[str, dict[str, Place]]:
    """Invocation → state key → its place in a chain of states, each of which exactly one invocation left."""
    places: dict[str, dict[str, Place]] = {}
    for key in sorted({key for touches in touched.values() for key in (*touches.found, *touches.left)}):
        for id_, place in _chains(key, touched).items():
            places.setdefault(id_, {})[key] = place
    return places


def _chains(key: str, touched: dict[str, Touches]) -> dict[str, Place]:
    writers: dict[str, Fingerprint | None] = {}
    left_by: dict[Fingerprint, list[str]] = {}
    for id_, touches in touched.items():
        found, left = touches.found.get(key), touches.wrote(key)
        if left is not None and left != found:
            writers[id_] = found
            left_by.setdefault(left, []).append(id_)
    only = {value: ids[0] for value, ids in left_by.items() if len(ids) == 1 and value != NOTHING}
    before = {id_: only[found] for id_, found in writers.items() if found in only and only[found] != id_}
    chains: dict[str, tuple[str, int]] = {}  # the first of a writer's chain, and how many came between
    for id_ in writers:
        _follow(id_, before, chains)
    roots = {root: number for number, root in enumerate(dict.fromkeys(root for root, _ in chains.values()))}
    places = {id_: (roots[root], 2 * depth) for id_, (root, depth) in chains.items()}
    first = [root for root in roots if writers[root] == NOTHING]
    for id_, touches in touched.items():
        found = touches.found.get(key)
        if id_ in writers or found is None:
            continue
        if found in only:
            chain, place = places[only[found]]
            places[id_] = (chain, place + 1)
        elif found == NOTHING and NOTHING not in left_by and len(first) == 1:
            places[id_] = (roots[first[0]], -1)
    return places


def _follow(id_: str, before: dict[str, str], chains: dict[str, tuple[str, int]]) -> None:
    """Notes the place of a writer, and of all that came before it."""
    path: dict[str, None] = {}
    while id_ not in chains and id_ not in path:  # in a path already: a ring, which no chain of states is
        path[id_] = None
        id_ = before.get(id_, id_)
    root, depth = chains.get(id_, (id_, -1))
    for place, each in enumerate(reversed(path), start=depth + 1):
        chains[each] = (root, place)
