"""Verdicts on histories that one can follow by hand, what is capped, and what is said of a wrong one."""

from __future__ import annotations

from typing import Any

import pytest

from chaos.linearizability.counterexample import MOST_OPERATIONS, counterexample
from chaos.linearizability.judge import Judged, Limits
from chaos.linearizability.models import find_model
from chaos.linearizability.search import Search
from chaos.outcome import Outcome
from tests.linearizability.histories import Event, correct_history, event, judged, read

VALID, INVALID, UNKNOWN = Outcome.VALID, Outcome.INVALID, Outcome.UNKNOWN


def one_by_one(*operations: tuple[Any, ...]) -> list[Event]:
    """(type, f, value) each: invoked and answered before the next, by a process of its own."""
    events = []
    for process, (type_, f, value) in enumerate(operations):
        asked = None if f in ("read", "get") else value
        events += [event(process, "invoke", f, asked), event(process, type_, f, value)]
    return events


def said(found: Judged, model: str) -> dict[str, Any]:
    assert found.pursuit is not None
    return counterexample(found.pursuit, find_model(model))


@pytest.mark.parametrize(
    ("model", "operations", "outcome"),
    [
        ("register", [("ok", "read", None), ("ok", "write", 1), ("ok", "read", 1)], VALID),
        ("register", [("ok", "write", 1), ("ok", "read", True)], INVALID),
        ("register", [("ok", "write", {"a": [1]}), ("ok", "read", {"a": [1]})], VALID),
        ("register", [("fail", "write", 1), ("ok", "read", 1)], INVALID),
        ("register", [("info", "write", 1), ("ok", "read", None), ("ok", "read", 1)], VALID),
        ("register", [("info", "write", 1), ("ok", "read", 1), ("ok", "read", None)], INVALID),
        ("cas-register", [("ok", "write", 1), ("ok", "cas", [1, 2]), ("ok", "read", 2)], VALID),
        ("cas-register", [("ok", "write", 1), ("ok", "cas", [2, 1])], INVALID),
        ("cas-register", [("ok", "write", 1), ("fail", "cas", [1, 2])], INVALID),
        ("cas-register", [("ok", "write", 1), ("fail", "cas", [2, 1])], VALID),
        ("cas-register", [("ok", "cas", [None, 1]), ("ok", "read", 1)], VALID),
        ("kv", [("ok", "get", ""), ("ok", "append", "a"), ("ok", "append", "b"), ("ok", "get", "ab")], VALID),
        ("kv", [("ok", "append", "a"), ("ok", "put", "c"), ("ok", "get", "ac")], INVALID),
        ("mutex", [("ok", "acquire", None), ("ok", "release", None), ("ok", "acquire", None)], VALID),
        ("mutex", [("ok", "acquire", None), ("ok", "acquire", None)], INVALID),
        ("mutex", [("ok", "acquire", None), ("info", "release", None), ("ok", "acquire", None)], VALID),
        ("ticket", [("ok", "reserve", "ann"), ("ok", "reserve", "ann"), ("ok", "get", ["reserved", "ann"])], VALID),
        ("ticket", [("ok", "reserve", "ann"), ("ok", "reserve", "bob")], INVALID),
        ("ticket", [("ok", "reserve", "ann"), ("ok", "release", "bob"), ("ok", "get", "ann")], VALID),
        ("ticket", [("ok", "reserve", "ann"), ("ok", "release", "ann"), ("ok", "reserve", "bob")], VALID),
        ("ticket", [("ok", "reserve", "ann"), ("ok", "confirm", "ann"), ("ok", "get", ["confirmed", "ann"])], VALID),
        ("ticket", [("ok", "reserve", "ann"), ("ok", "confirm", "ann"), ("ok", "reserve", "ann")], INVALID),
        ("ticket", [("ok", "confirm", "ann")], INVALID),
        ("account", [("ok", "deposit", 5), ("ok", "withdraw", 3), ("ok", "read", 2)], VALID),
        ("account", [("ok", "deposit", 5), ("ok", "withdraw", 6)], INVALID),
        ("account", [("ok", "deposit", 5), ("info", "withdraw", 5), ("ok", "withdraw", 5)], VALID),
    ],
)
def test_what_each_model_allows(model: str, operations: list[tuple[Any, ...]], outcome: Outcome) -> None:
    assert judged(one_by_one(*operations), model).outcome is outcome


def test_operations_that_overlap_may_come_in_either_order() -> None:
    write, read = event(0, "invoke", "write", 1), event(1, "invoke", "read")
    for value in (None, 1):
        events = [write, read, event(0, "ok", "write", 1), event(1, "ok", "read", value)]
        assert judged(events, "register").outcome is VALID
    assert (
        judged([write, event(0, "ok", "write", 1), read, event(1, "ok", "read", None)], "register").outcome is INVALID
    )


def test_what_has_no_answer_may_still_happen_after_the_last_line_and_is_used_once() -> None:
    events = [event(0, "invoke", "write", 1), event(1, "invoke", "read"), event(1, "ok", "read", 1)]
    assert judged(events, "register").outcome is VALID
    again = [event(2, "invoke", "write", 2), event(2, "ok", "write", 2), event(3, "invoke", "read")]
    assert judged([*events, *again, event(3, "ok", "read", 1)], "register").outcome is INVALID


def test_the_counterexample_says_what_cannot_be_placed() -> None:
    events = one_by_one(
        ("ok", "write", 1), ("info", "write", 7), ("ok", "write", 2), ("ok", "read", 1), ("ok", "read", 2)
    )
    found = said(judged(events, "register"), "register")
    assert found["operation"] == {
        "line": 7, "process": 3, "f": "read", "value": 1, "type": "ok", "answered_in_line": 8,
    }  # fmt: skip
    assert found["prefix"] == {"operations": 4, "ends_in_line": 8, "smallest": True}
    assert [each["line"] for each in found["operations"]] == [1, 3, 5, 7]
    assert found["linearizations"][0] == {"lines": [1, 5], "omitted": 0, "state": 2, "cannot_reach_line": 8}
    assert "read by process 3 in line 7 ended with ok 1" in found["sentence"]


def test_a_counterexample_of_a_long_history_is_short() -> None:
    many = [("ok", "write", number) for number in range(1_000)]
    found = said(judged(one_by_one(*many, ("ok", "read", 5)), "register"), "register")
    assert found["prefix"]["operations"] == 1_001
    assert len(found["operations"]) == MOST_OPERATIONS == len(found["linearizations"][0]["lines"])
    assert found["omitted"] == 1_001 - MOST_OPERATIONS
    assert found["operations"][-1] == found["operation"]


def test_the_key_with_the_smallest_prefix_is_shown() -> None:
    long = [each | {"key": "long"} for each in one_by_one(*[("ok", "write", 1)] * 9, ("ok", "read", 2))]
    short = [
        each | {"key": "short", "process": each["process"] + 20}
        for each in one_by_one(("ok", "write", 1), ("ok", "read", 2))
    ]
    assert said(judged([*long, *short], "register"), "register")["key"] == "short"


def concurrent_appends(count: int) -> list[Event]:
    """None of the orders of so many appends is what is seen, which only trying them all can tell."""
    events = [event(number, "invoke", "append", "ab"[number % 2]) for number in range(count)]
    events += [event(number, "ok", "append", "ab"[number % 2]) for number in range(count)]
    return [*events, event(count, "invoke", "get"), event(count, "ok", "get", "ab" * (count // 2 - 1) + "aa")]


def test_what_takes_too_many_steps_or_places_is_unknown_and_no_pass() -> None:
    events = concurrent_appends(12)
    assert judged(events, "kv").outcome is INVALID
    few = judged(events, "kv", Limits(steps=100))
    assert (few.outcome, few.reason) == (UNKNOWN, "100 steps did not decide 1 of 1 keys")
    small = judged(events, "kv", Limits(places=50))
    assert small.outcome is UNKNOWN
    assert "places to remember did not decide 1 of 1 keys" in small.reason


def test_a_key_that_is_hard_does_not_hide_the_violation_of_another() -> None:
    hard = [each | {"key": "hard"} for each in concurrent_appends(20)]
    easy = [each | {"key": "easy", "process": each["process"] + 50} for each in one_by_one(("ok", "get", "x"))]
    found = judged([*hard, *easy], "kv", Limits(steps=2_000))
    assert found.outcome is INVALID
    assert said(found, "kv")["key"] == "easy"


def test_many_that_have_no_answer_do_not_make_a_wrong_history_unknown() -> None:
    """The exact search alone is lost in which of them are used up; that does not matter to what was never written."""
    events = correct_history("cas-register", 3, 150, processes=5, keys=1, lossy=0.2)
    reads = [at for at, each in enumerate(events) if each["type"] == "ok" and each["f"] == "read"]
    events[reads[-3]] = events[reads[-3]] | {"value": 3}
    (history,) = read(events, "cas-register")
    exact = Search(history, find_model("cas-register"))
    exact.run(20_000)
    assert exact.outcome is None
    found = judged(events, "cas-register", Limits(steps=5_000))
    assert found.outcome is INVALID
    assert said(found, "cas-register")["prefix"]["smallest"]
