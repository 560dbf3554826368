"""The rule engine: what matches, in which order, how often, by which chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaos.fakes import rulebook
from chaos.fakes.rulebook import Attempt, RuleBook, draw, matches
from chaos.fakes.rules import Match, Rule
from tests.searching import FINDS

HANG = {"do": "hang"}

ATTEMPTS = st.builds(
    Attempt,
    method=st.sampled_from(["GET", "POST"]),
    path=st.sampled_from(["/v1/charges", "/v1/voids", "/v1/users/u1/role"]),
    key=st.sampled_from([None, "k1", "k2"]),
    case=st.sampled_from([None, "o1", "o2"]),
    number=st.integers(1, 5),
)
CONDITIONS: dict[str, st.SearchStrategy[Any]] = {
    "method": st.sampled_from(["GET", "POST"]),
    "path": st.sampled_from(["/v1/charges", "/v1/*", "/v1/users/*/role"]),
    "case": st.sampled_from(["o1", "o2"]),
    "key": st.sampled_from(["k1", "k2"]),
    "attempts": st.sampled_from(["1", "2", "1-2", "3-"]),
    "times": st.integers(1, 3),
}
# Of more conditions one nearly always fails, and which one does is not seen.
MATCHES = st.sets(st.sampled_from(sorted(CONDITIONS)), max_size=2).flatmap(
    lambda names: st.fixed_dictionaries({name: CONDITIONS[name] for name in sorted(names)})
)
RANGES = {"1": {1}, "2": {2}, "1-2": {1, 2}, "3-": {3, 4, 5}}
PATHS = {
    "/v1/charges": {"/v1/charges"},
    "/v1/*": {"/v1/charges", "/v1/voids"},
    "/v1/users/*/role": {"/v1/users/u1/role"},
}


def attempt(**values: Any) -> Attempt:
    return Attempt(**{"method": "POST", "path": "/v1/charges", "key": "k1", "case": "o1", "number": 1} | values)


def expected(match: dict[str, Any], one: Attempt, hits: int) -> bool:
    """The model: each condition said in another way than the engine says it."""
    conditions = {
        "method": lambda value: one.method == value,
        "path": lambda value: one.path in PATHS[value],
        "case": lambda value: one.case == value,
        "key": lambda value: one.key == value,
        "attempts": lambda value: one.number in RANGES[value],
        "times": lambda value: hits < value,
    }
    return all(conditions[name](value) for name, value in match.items())


def acts_as_the_model_says(wanted: list[Any], attempts: list[Attempt]) -> None:
    book = RuleBook()
    rules = [Rule.model_validate({"id": f"r{i}", "match": match, "action": HANG}) for i, match in enumerate(wanted)]
    book.replace(rules, 0)
    hits = [0] * len(rules)
    for one in attempts:
        acting = next((i for i, match in enumerate(wanted) if expected(match, one, hits[i])), None)
        acted = book.act(one)
        assert (acted and acted.id) == (None if acting is None else f"r{acting}")
        if acting is not None:
            hits[acting] += 1
    assert [book.hits(rule.id) for rule in rules] == hits


any_rules_and_attempts = given(st.lists(MATCHES, max_size=4), st.lists(ATTEMPTS, max_size=20))
test_the_first_rule_that_matches_acts_and_hits_are_counted = any_rules_and_attempts(acts_as_the_model_says)
MATCHED, IN_RANGE, PATH_MATCHED = rulebook.matches, rulebook._in_range, rulebook._path_matches


def _without(condition: str) -> Callable[[Match, Attempt, int], bool]:
    return lambda match, one, hits: MATCHED(match.model_copy(update={condition: None}), one, hits)


PLANTED: dict[str, tuple[str, Callable[..., bool]]] = {
    **{f"a rule whatever the {condition}": ("matches", _without(condition)) for condition in CONDITIONS},
    "a hit too many": ("matches", lambda match, one, hits: MATCHED(match, one, hits - 1)),
    "an attempt too few": ("_in_range", lambda attempts, number: IN_RANGE(attempts, number) and number != 2),
    "an attempt too many": ("_in_range", lambda attempts, number: IN_RANGE(attempts, max(1, number - 1))),
    "no end of attempts": ("_in_range", lambda attempts, number: number >= int(attempts[0])),
    "a star that is none": ("_path_matches", lambda pattern, path: pattern == path),
    "a star that is many": ("_path_matches", lambda pattern, path: PATH_MATCHED(pattern, path) or "*" in pattern),
}


@pytest.mark.parametrize("wrong", PLANTED)
def test_the_model_notices(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebook, *PLANTED[wrong])
    with pytest.raises(AssertionError):
        FINDS(any_rules_and_attempts(acts_as_the_model_says))()


@given(st.lists(ATTEMPTS, min_size=2, max_size=20), st.integers(), st.floats(0, 1), st.randoms())
def test_chance_depends_on_the_attempt_and_not_on_the_order_of_arrival(
    attempts: list[Attempt], seed: int, probability: float, random: Any
) -> None:
    match = Match(probability=probability, seed=seed)
    shuffled = list(attempts)
    random.shuffle(shuffled)
    in_order = {one: matches(match, one, 0) for one in attempts}
    assert {one: matches(match, one, 0) for one in shuffled} == in_order


def test_chance_is_about_as_likely_as_asked_and_another_seed_chooses_others() -> None:
    keys = [attempt(key=f"k{i}") for i in range(2000)]
    hit = {seed: [draw(seed, one) < 0.3 for one in keys] for seed in (1, 2)}
    assert 500 < sum(hit[1]) < 700
    assert hit[1] != hit[2]
    assert not any(draw(1, one) < 0 for one in keys)
    assert all(draw(1, one) < 1 for one in keys)


def test_a_rule_put_again_unchanged_keeps_its_hits_and_a_changed_one_begins_anew() -> None:
    kept, changed = (Rule.model_validate({"id": name, "match": {"key": name}, "action": HANG}) for name in ("a", "b"))
    book = RuleBook()
    book.replace([kept, changed], 0)
    assert book.act(attempt(key="a")) == kept
    assert book.act(attempt(key="b")) == changed
    book.replace([kept, changed.model_copy(update={"match": Match(key="c")})], 7)
    assert (book.hits("a"), book.hits("b")) == (1, 0)


def test_a_restart_counts_the_hits_since_the_rule_was_put() -> None:
    book = RuleBook()
    book.replace([Rule.model_validate({"id": "a", "match": {"times": 2}, "action": HANG})], 10)
    again = RuleBook()
    again.load(book.dump(), [(9, "a"), (11, "a"), (12, "gone")])
    assert again.rules == book.rules
    assert again.hits("a") == 1
    assert again.act(attempt())
    assert not again.act(attempt())
