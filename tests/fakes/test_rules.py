"""Rules as data: what is accepted comes back whole, what is refused says which field and what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chaos.errors import BadInput
from chaos.fakes.rulebook import RuleBook
from chaos.fakes.rules import parse_rules

HANG = {"do": "hang"}


def test_every_rule_survives_being_written_down() -> None:
    every = [
        {"do": "respond", "status": 503, "headers": {"Retry-After": "1"}, "body": {"code": None, "list": [1, None]}},
        {"do": "respond", "status": 200, "text": "{", "pad_bytes": 10},
        {"do": "delay", "point": "after_effect", "delay_ms": 5},
        {"do": "hold", "point": "before_effect"},
        {"do": "slow_body", "bytes_per_s": 3},
        {"do": "webhook", "deliver": "late", "delay_ms": 5, "settle_ms": 3, "outcome": "failed"},
        {"do": "webhook", "deliver": "before_answer"},
        {"do": "lag", "behind_ms": 5},
        {"do": "in_progress"},
        *({"do": do} for do in ("hang", "drop_before_effect", "drop_after_effect", "accept_then_fail", "forget_keys")),
    ]
    rules = parse_rules(json.dumps({"rules": [{"action": action} for action in every]}))
    book, again = RuleBook(), RuleBook()
    book.replace(rules, 0)
    again.load(book.dump(), [])
    assert again.rules == rules
    assert parse_rules(json.dumps({"rules": [rule.model_dump() for rule in rules]})) == rules


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"action": {"do": "hold", "point": "x"}}, ["rules[0].action.point", "'before_effect' or 'after_effect'"]),
        ({"action": {"do": "hold"}}, ["rules[0].action.point", "required"]),
        ({"action": {"do": "hang", "ms": 3}}, ["rules[0].action.ms: unknown field", "allowed: do"]),
        (
            {"action": {"do": "explode"}},
            ["rules[0].action: unknown action 'explode'\n", "respond, delay", "forget_keys"],
        ),
        ({"action": {"do": "hnag"}}, ["unknown action 'hnag'; did you mean 'hang'?"]),
        ({"action": HANG, "match": {"pth": "/"}}, ["unknown field; did you mean 'path'?"]),
        ({"action": {}}, ["rules[0].action: `do` is missing", "respond, delay"]),
        ({}, ["rules[0].action", "required"]),
        ({"action": HANG, "id": "a b"}, ["rules[0].id"]),
        ({"action": HANG, "when": 1}, ["rules[0].when: unknown field", "id, match, action"]),
        ({"action": HANG, "match": {"pth": "/"}}, ["rules[0].match.pth: unknown field", "method, path, case"]),
        ({"action": HANG, "match": {"method": "get"}}, ["rules[0].match.method", "'GET', 'POST'"]),
        ({"action": HANG, "match": {"attempts": "2-1"}}, ["rules[0].match.attempts", '"1-2"']),
        ({"action": HANG, "match": {"attempts": "0"}}, ["rules[0].match.attempts", "from 1 on"]),
        ({"action": HANG, "match": {"attempts": 2}}, ["rules[0].match.attempts", "string"]),
        ({"action": HANG, "match": {"times": 0}}, ["rules[0].match.times", "greater than or equal to 1"]),
        ({"action": HANG, "match": {"probability": 2, "seed": 1}}, ["rules[0].match.probability", "less than"]),
        ({"action": HANG, "match": {"probability": 0.5}}, ["rules[0].match", "seed"]),
        ({"action": {"do": "respond", "status": 99}}, ["rules[0].action.status", "200"]),
        ({"action": {"do": "respond", "status": 200, "body": 1, "text": "x"}}, ["body or text"]),
        ({"action": {"do": "respond", "status": 200, "headers": {"a": "b\r\nc: d"}}}, ["headers", "printable"]),
        ({"action": {"do": "respond", "status": 200, "headers": {"Content-Length": "1"}}}, ["content-length"]),
        ({"action": {"do": "delay", "point": "before_effect", "delay_ms": -1}}, ["delay_ms", "greater"]),
        ({"action": {"do": "lag"}}, ["rules[0].action.behind_ms", "required"]),
        ({"action": {"do": "webhook", "deliver": "twice"}}, ["action.deliver", "'duplicated'", "'never'"]),
        ({"action": {"do": "webhook", "deliver": "late"}}, ["rules[0].action", "delay_ms"]),
        ({"action": {"do": "webhook", "deliver": "once", "delay_ms": 1}}, ["rules[0].action", "late"]),
        ({"action": {"do": "slow_body", "bytes_per_s": 0}}, ["bytes_per_s", "greater"]),
    ],
)
def test_a_wrong_rule_is_refused_with_the_field_and_what_is_allowed(rule: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(BadInput) as refused:
        parse_rules(json.dumps({"rules": [rule]}))
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"rules": 1}', '{"rulez": []}', '{"rules": [], "more": 1}', "\xff"])
def test_a_wrong_list_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_rules(text)


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(BadInput, match="same id"):
        parse_rules(json.dumps({"rules": [{"id": "a", "action": HANG}, {"id": "a", "action": HANG}]}))
