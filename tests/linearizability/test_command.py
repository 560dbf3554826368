"""`chaos linearizable` as one calls it: a JSON line a file, the worst verdict as exit code, and one error."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chaos.cli.commands import app
from chaos.errors import BadInput
from chaos.linearizability.command import linearizable, plainly
from tests.linearizability.histories import event, text

GOOD = [event(0, "invoke", "write", 1), event(0, "ok", "write", 1)]
BAD = [*GOOD, event(1, "invoke", "read"), event(1, "ok", "read", 2)]
HEAVY = ("pydantic", "typer", "httpx", "chaos.session", "chaos.cli.commands")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    contents = {"good": text(GOOD), "bad": text(BAD), "empty": "", "broken": text(GOOD) + "{"}
    for name, content in contents.items():
        (tmp_path / f"{name}.jsonl").write_text(content, "utf-8")
    return {name: tmp_path / f"{name}.jsonl" for name in contents}


@pytest.mark.parametrize(
    ("names", "verdicts", "code"),
    [
        (["good"], ["VALID"], 0),
        (["good", "bad"], ["VALID", "INVALID"], 1),
        (["empty", "good"], ["UNKNOWN", "VALID"], 3),
        (["bad", "empty"], ["INVALID", "UNKNOWN"], 1),
    ],
)
def test_a_line_for_each_file_and_the_worst_as_exit_code(
    files: dict[str, Path], names: list[str], verdicts: list[str], code: int
) -> None:
    lines: list[str] = []
    assert linearizable("register", [files[name] for name in names], lines.append) == code
    said = [json.loads(line) for line in lines]
    assert [each["verdict"] for each in said] == verdicts
    assert [each["file"] for each in said] == [str(files[name]) for name in names]
    for each in said:
        assert ("counterexample" in each) == (each["verdict"] == "INVALID")
        assert ("reason" in each) == (each["verdict"] == "UNKNOWN")


def test_a_file_that_is_wrong_ends_it_when_those_before_are_judged(files: dict[str, Path]) -> None:
    lines: list[str] = []
    with pytest.raises(BadInput, match=r"broken.jsonl line 3: not JSON"):
        linearizable("register", [files["bad"], files["broken"], files["good"]], lines.append)
    assert len(lines) == 1


def test_options_are_understood_and_what_is_plain_needs_none(files: dict[str, Path]) -> None:
    assert plainly(["--model", "kv", "a", "b"]) == ("kv", [Path("a"), Path("b")])
    assert plainly(["a", "--model", "kv"]) == ("kv", [Path("a")])
    for words in (["a"], ["--model", "kv"], ["a", "--model"], ["--model", "kv", "--steps", "1", "a"], ["--help"]):
        assert plainly(words) is None
    done = CliRunner().invoke(app, ["linearizable", "--model", "register", "--steps", "9", str(files["bad"])])
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (1, "INVALID")


@pytest.mark.integration
def test_it_starts_without_what_others_need_and_says_one_error(files: dict[str, Path]) -> None:
    look = f"print([each for each in {HEAVY} if each in sys.modules], file=sys.stderr)"
    code = f"import atexit, sys, chaos.cli; atexit.register(lambda: {look}); chaos.cli.main()"
    words = [sys.executable, "-c", code, "linearizable", "--model", "register", str(files["bad"])]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "[]\n")
    assert json.loads(done.stdout)["verdict"] == "INVALID"
    words = [sys.executable, "-m", "chaos.cli", "linearizable", "--model", "register", str(files["broken"])]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"{files['broken']} line 3: not JSON")
    assert [line.split(":")[0] for line in done.stderr.splitlines()[1:]] == ["  allowed", "  next"]
