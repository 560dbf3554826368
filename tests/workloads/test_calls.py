"""calls: fields are filled in with keys of the run's own, the seed decides, and what cannot be called is refused."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from chaos.workloads import Calls


def calls(*templates: dict[str, Any], **fields: Any) -> Calls:
    return Calls.model_validate({"calls": templates, **fields})


def test_fields_are_filled_in_throughout_an_operation() -> None:
    template = {"target": "Counter/{user}/add", "input": {"who": ["{user}"], "as": "{number}", "plain": "{}"}}
    load = calls(template, times=6, clients=2).decide(Random(1), "s")
    assert [call.number for call in load.operations] == [0, 1, 2, 3, 4, 5]
    assert {call.key for call in load.operations} == {"s-user-0", "s-user-1"}
    for call in load.operations:
        assert call.input == {"who": [call.key], "as": str(call.number), "plain": "{}"}


def test_each_operation_has_a_key_of_its_own() -> None:
    load = calls({"target": "Pay/{key}/run"}, {"target": "Echo/echo", "input": 1}, times=2).decide(Random(1), "s")
    assert [call.target for call in load.operations] == ["Pay/s-key-0/run", "Echo/echo", "Pay/s-key-2/run", "Echo/echo"]


def test_the_seed_decides() -> None:
    load = calls({"target": "A/{user}/b"}, times=50, rate_per_s=10)
    assert load.decide(Random(1), "s") == load.decide(Random(1), "s") != load.decide(Random(2), "s")
    assert len(load.decide(Random(1), "s").arrivals_ms) == 50


def test_the_last_ones_wait_for_the_heal() -> None:
    first, rest = calls({"target": "A/b"}, times=10, after_heal=3).decide(Random(1), "s").parts
    assert (len(first.operations), len(rest.operations)) == (7, 3)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("A/{usr}/b", r"unknown field \{usr\}; allowed: \{key\}, \{user\}, \{number\}"),
        ("A", "not a target"),
        ("A//b", "not a target"),
        ("A/b/c/d", "not a target"),
    ],
)
def test_what_cannot_be_called_is_refused(target: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        calls({"target": target})
