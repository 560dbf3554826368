"""What is no history is one error that says what, where, what is allowed and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.errors import BadInput
from chaos.linearizability.history import Histories, parse, read
from chaos.linearizability.lines import Lines
from chaos.linearizability.models import MODELS, find_model
from tests.linearizability.histories import event, text

INVOKE = '{"process": 0, "type": "invoke", "f": "write", "value": 1}\n'


def parsed(lines: str, model: str = "cas-register") -> Histories:
    chosen = find_model(model)
    return parse(lines.encode().splitlines(keepends=True), chosen, "h.jsonl", Lines(chosen))


@pytest.mark.parametrize(
    ("lines", "where", "what"),
    [
        (INVOKE + INVOKE[:20], 2, "not JSON"),  # truncated
        ("[1]\n", 1, "not a JSON object"),
        ("{}\n", 1, "process null is not a whole number"),
        ('{"process": true}\n', 1, "process true is not a whole number"),
        ('{"process": 0, "type": "okay"}\n', 1, "unknown type \"okay\"; did you mean 'ok'?"),
        ('{"process": 0, "type": []}\n', 1, "unknown type []"),
        (
            '{"process": 0, "type": "invoke", "f": "reads"}\n',
            1,
            'unknown f "reads" for the model \'cas-',
        ),
        ('{"process": 0, "type": "invoke", "f": {}}\n', 1, "unknown f {}"),
        ('{"process": 0, "type": "invoke", "f": "write"}\n', 1, "no value in the invoke of 'write'"),
        ('{"process": 0, "type": "invoke", "f": "cas", "value": [1]}\n', 1, "value [1] in the invoke of 'cas'"),
        ('{"process": 0, "type": "invoke", "f": "write", "value": NaN}\n', 1, "NaN is no JSON"),
        ("[" * 100_000 + "\n", 1, "not JSON"),
        (INVOKE + INVOKE, 2, "process 0 invokes again, and line 1 has no answer yet"),
        ("\n" + INVOKE.replace("invoke", "ok"), 2, "'ok' of process 0, which has nothing under way"),
        (INVOKE + INVOKE.replace("invoke", "ok") * 2, 3, "'ok' of process 0, which has nothing under way"),
        (
            INVOKE + INVOKE.replace("invoke", "ok").replace("write", "read"),
            2,
            "has invoked another f or key",
        ),
        (INVOKE + INVOKE.replace('"invoke"', '"ok", "key": 1'), 2, "has invoked another f or key"),
        (
            INVOKE + INVOKE.replace("invoke", "ok").replace("1}", "2}"),
            2,
            "the ok has another value",
        ),
        (
            INVOKE.replace("write", "read") + '{"process": 0, "type": "ok", "f": "read"}',
            2,
            "no value in the ok",
        ),
    ],
)
def test_a_line_that_is_wrong_is_named(lines: str, where: int, what: str) -> None:
    with pytest.raises(BadInput) as error:
        parsed(lines)
    assert error.value.where == f"h.jsonl line {where}"
    assert what in error.value.what
    assert error.value.allowed
    assert "docs/linearizability.md" in error.value.next_step
    assert len(str(error.value)) < 1_000


@pytest.mark.parametrize(
    ("model", "f", "value", "allowed"),
    [
        ("kv", "put", 1, "text"),
        ("kv", "append", None, "text"),
        ("ticket", "reserve", None, "a holder, text or a whole number"),
        ("account", "deposit", -1, "a whole number from 0 on"),
        ("account", "withdraw", 1.5, "a whole number from 0 on"),
        ("account", "deposit", True, "a whole number from 0 on"),
    ],
)
def test_an_argument_that_a_model_cannot_have(model: str, f: str, value: object, allowed: str) -> None:
    with pytest.raises(BadInput) as error:
        parsed(text([event(0, "invoke", f, value)]), model)
    assert error.value.allowed == allowed


@pytest.mark.parametrize(
    ("model", "f", "value"),
    [
        ("kv", "get", None),
        ("ticket", "get", ["sold", "ann"]),
        ("ticket", "get", ["reserved", None]),
        ("account", "read", None),
    ],
)
def test_what_a_look_of_a_model_cannot_see(model: str, f: str, value: object) -> None:
    with pytest.raises(BadInput, match=f"in the ok of '{f}'"):
        parsed(text([event(0, "invoke", f), event(0, "ok", f, value)]), model)


def test_an_unknown_model_names_those_there_are() -> None:
    with pytest.raises(BadInput, match="did you mean 'register'") as error:
        find_model("regster")
    assert error.value.allowed == ", ".join(MODELS)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path, find_model("kv"))
    with pytest.raises(BadInput, match="No such file"):
        read(tmp_path / "none.jsonl", find_model("kv"))
    (tmp_path / "latin.jsonl").write_bytes(INVOKE.encode() + b'{"process": 0, "f": "\xe9"}')
    with pytest.raises(BadInput, match=r"latin.jsonl line 2: not JSON"):
        read(tmp_path / "latin.jsonl", find_model("register"))


def test_an_answer_may_leave_out_what_its_invocation_has_said_and_what_failed_says_nothing() -> None:
    keys, operations = parsed(
        text([event(0, "invoke", "write", 1), event(0, "ok", "write"), event(1, "invoke", "write", 2)])
        + text([event(1, "fail", "write", "timed out"), event(2, "invoke", "read"), event(2, "info", "read", "lost")])
    )
    assert operations == 3
    assert [(len(each.calls), len(each.later)) for each in keys] == [(1, 0)]


def test_values_are_those_of_json() -> None:
    """What Python takes for equal, `true == 1`, is not; and no value is too odd to be a key."""
    keys, _ = parsed(text([event(0, "invoke", "write", 1, key=[1]), event(0, "ok", "write", 1.0, key=[1])]))
    assert len(keys) == 1
    with pytest.raises(BadInput, match="another value"):
        parsed(text([event(0, "invoke", "write", 1), event(0, "ok", "write", True)]))
