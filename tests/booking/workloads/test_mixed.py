"""mixed: the same seed does the same, each thing as often as its weight says, and the popular seats are."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic import ValidationError

from booking.workloads import Mixed
from booking.workloads.mixed import Weights
from chaos.plan.workload import Call

SEEDS = some.integers(0, 2**32)
A_FEW = settings(max_examples=8, deadline=None)
BUY = Weights(browse=0, reserve=0, buy=1, decline=0, cancel=0)


def kind(call: Call) -> str:
    if call.handler == "run":
        return "decline" if call.input["payment_token"].startswith("tok_decline") else "buy"
    return {"get": "browse", "reserve": "reserve", "cancel": "cancel"}[call.handler]


def seats_wanted(workload: Mixed, seed: int) -> Counter[str]:
    return Counter(call.input["seat_id"] for call in workload.decide(Random(seed), "s-1").operations)


@A_FEW
@given(seed=SEEDS, popularity=some.sampled_from(["uniform", "zipf", "hot"]), rate=some.sampled_from([None, 20.0]))
def test_the_same_seed_decides_the_same_and_another_something_else(
    seed: int, popularity: str, rate: float | None
) -> None:
    workload = Mixed(operations=40, seats=5, popularity=popularity, rate_per_s=rate)
    load = workload.decide(Random(seed), "s-1")
    assert load == workload.decide(Random(seed), "s-1")
    assert load.operations != workload.decide(Random(seed + 1), "s-1").operations
    assert [call.number for call in load.operations] == list(range(40))


@A_FEW
@given(seed=SEEDS)
def test_each_thing_is_done_as_often_as_its_weight_says(seed: int) -> None:
    weights = {"browse": 4, "reserve": 2, "buy": 2, "decline": 1, "cancel": 1}
    load = Mixed(operations=1_000, seats=5, weights=Weights(**weights)).decide(Random(seed), "s-1")
    done = Counter(kind(call) for call in load.operations)
    for name, weight in weights.items():
        assert abs(done[name] / 1_000 - weight / 10) < 0.08, "five times the spread"


@A_FEW
@given(seed=SEEDS)
def test_what_has_no_weight_is_not_done(seed: int) -> None:
    load = Mixed(operations=100, seats=3, weights=BUY).decide(Random(seed), "s-1")
    assert {kind(call) for call in load.operations} == {"buy"}
    assert len({call.key for call in load.operations}) == 100


@A_FEW
@given(seed=SEEDS)
def test_each_order_is_called_off_at_most_once_and_after_it_was_placed(seed: int) -> None:
    calls = Mixed(operations=200, seats=3, weights=Weights(cancel=3)).decide(Random(seed), "s-1").operations
    placed: set[str] = set()
    for call in calls:
        if call.handler == "run":
            placed.add(call.key)
        elif call.handler == "cancel":
            placed.remove(call.key)


@A_FEW
@given(seed=SEEDS)
def test_zipf_is_skewed_as_its_exponent_says(seed: int) -> None:
    times = seats_wanted(Mixed(operations=1_500, seats=10, weights=BUY, popularity="zipf"), seed).most_common()
    assert 0.26 < times[0][1] / 1_500 < 0.43, "1 of 1 + 1/2 + … + 1/10 = 2.93"
    assert times[0][1] > 4 * times[-1][1], "ten times as often, give or take"
    steeper = Mixed(operations=1_500, seats=10, weights=BUY, popularity="zipf", exponent=2)
    assert seats_wanted(steeper, seed).most_common(1)[0][1] > times[0][1]


@A_FEW
@given(seed=SEEDS)
def test_uniform_is_not_skewed_and_hot_is_one_seat(seed: int) -> None:
    even = seats_wanted(Mixed(operations=1_500, seats=10, weights=BUY), seed)
    assert max(even.values()) < 2 * min(even.values())
    assert len(seats_wanted(Mixed(operations=50, seats=10, weights=BUY, popularity="hot"), seed)) == 1


def test_which_seat_is_hot_the_seed_decides() -> None:
    hot = Mixed(operations=1, seats=10, weights=BUY, popularity="hot")
    assert len({next(iter(seats_wanted(hot, seed))) for seed in range(20)}) > 3


@pytest.mark.parametrize(
    "bad",
    [
        {"weights": {"browse": -1}},
        {"weights": {"browse": float("nan")}},
        {"weights": {"browse": 0, "reserve": 0, "buy": 0, "decline": 0}},
        {"exponent": 0},
        {"popularity": "some"},
    ],
)
def test_what_no_load_can_be_drawn_from_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Mixed.model_validate({"operations": 1, "seats": 1} | bad)
