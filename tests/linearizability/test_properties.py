"""The search against every order there is, against correct executions, and against these made wrong."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from chaos.linearizability.counterexample import counterexample
from chaos.linearizability.models import MODELS, find_model
from chaos.linearizability.pursuit import Pursuit
from chaos.outcome import Outcome
from tests.linearizability.histories import (
    any_history,
    correct_history,
    has_an_order,
    judged,
    linearizable,
    operations_of,
    read,
)
from tests.linearizability.objects import FIRST, FUNCTIONS, LOOKS, seen

SEEDS = some.integers(0, 2**32)
each_model = pytest.mark.parametrize("model", MODELS)


@each_model
@given(seed=SEEDS, operations=some.integers(1, 7), processes=some.integers(1, 5))
@settings(max_examples=300, deadline=None)
def test_it_says_what_trying_every_order_says(model: str, seed: int, operations: int, processes: int) -> None:
    events = any_history(model, seed, operations, processes)
    expected = Outcome.VALID if linearizable(model, events) else Outcome.INVALID
    assert judged(events, model).outcome is expected


@each_model
@given(seed=SEEDS, operations=some.integers(1, 10), lossy=some.floats(0, 0.6))
@settings(max_examples=200, deadline=None)
def test_so_does_the_coarser_search_which_mostly_comes_first_where_slices_are_small(
    model: str, seed: int, operations: int, lossy: float
) -> None:
    events = correct_history(model, seed, operations, processes=4, keys=1, lossy=lossy)
    chance = random.Random(seed)
    for at, each in enumerate(events):
        if each["type"] == "ok" and each["f"] in LOOKS and chance.random() < 0.3:
            events[at] = each | {"value": seen(model, chance)}
        elif each["type"] == "info" and each["f"] not in LOOKS and chance.random() < 0.3:
            events[at] = each | {"type": "ok"}
    outcomes = set()
    for history in read(events, model):
        pursuit = Pursuit(history, find_model(model))
        while pursuit.outcome is None:
            pursuit.run(1)
        outcomes.add(pursuit.outcome)
    assert (Outcome.INVALID not in outcomes) is linearizable(model, events)


@each_model
@given(seed=SEEDS, operations=some.integers(1, 150), processes=some.integers(1, 8), keys=some.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_correct_execution_is_valid(model: str, seed: int, operations: int, processes: int, keys: int) -> None:
    events = correct_history(model, seed, operations, processes=processes, keys=keys)
    assert judged(events, model).outcome is Outcome.VALID


@pytest.mark.parametrize("model", [name for name, functions in FUNCTIONS.items() if set(functions) & set(LOOKS)])
@given(seed=SEEDS, operations=some.integers(2, 9))
@settings(max_examples=200, deadline=None)
def test_a_correct_execution_made_wrong_is_invalid_just_when_no_order_explains_it(
    model: str, seed: int, operations: int
) -> None:
    events = correct_history(model, seed, operations, processes=3, keys=1)
    chance = random.Random(seed)
    looks = [at for at, each in enumerate(events) if each["type"] == "ok" and each["f"] in LOOKS]
    if looks:
        at = chance.choice(looks)
        events[at] = events[at] | {"value": seen(model, chance)}
    expected = Outcome.VALID if linearizable(model, events) else Outcome.INVALID
    assert judged(events, model).outcome is expected


@each_model
@given(seed=SEEDS, operations=some.integers(1, 7))
@settings(max_examples=150, deadline=None)
def test_a_counterexample_has_no_order_and_is_the_smallest_prefix(model: str, seed: int, operations: int) -> None:
    events = any_history(model, seed, operations)
    found = judged(events, model)
    if found.pursuit is None:
        return
    said = counterexample(found.pursuit, find_model(model))
    end = said["prefix"]["ends_in_line"] - 1  # lines count from 1, events from 0
    lines = {each["line"] - 1 for each in said["operations"]}
    listed = [each for each in operations_of(events)[said["key"]] if each.called in lines]
    assert (len(listed), said["omitted"]) == (len(lines), 0)
    assert not has_an_order(model, listed, FIRST[model])
    before = [each for each in listed if each.answered < end]
    assert before == [each for each in operations_of(events)[said["key"]] if each.answered < end]
    optional = [each._replace(answered=math.inf, type="info") for each in listed if each.answered >= end]
    assert has_an_order(model, before + optional, FIRST[model])
    assert said["operation"]["answered_in_line"] - 1 == end
    for order in said["linearizations"]:
        places = [order["lines"].index(each.called + 1) for each in before]
        assert len(set(places)) == len(before)
        assert all(
            order["lines"].index(one.called + 1) < order["lines"].index(other.called + 1)
            for one in before
            for other in before
            if one.answered < other.called
        )
