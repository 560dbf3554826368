"""Options are set once: the command line comes before the environment, that before the file; and the header says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from chaos.errors import BadInput
from chaos.pytest_options import OPTIONS, Chosen

TEST = "def test_nothing(chaos_app):\n    print('app', chaos_app)\n"
OVERRIDING = """
import pytest

@pytest.fixture(scope="session")
def chaos_app():
    return "theirs.app:app"
"""


class Given:
    """As much of pytest's configuration as options are read from."""

    def __init__(self, line: dict[str, object], file: dict[str, object], overrides: list[str]) -> None:
        self._line = line | {"override_ini": overrides}
        self._file = file | dict(each.split("=", 1) for each in overrides)
        self.inipath = Path("/theirs/pytest.ini")

    def getoption(self, name: str) -> object:
        return self._line.get(name)

    def getini(self, name: str) -> object:
        return self._file.get(name, "")


def chosen(
    line: dict[str, object] | None = None, file: dict[str, object] | None = None, overrides: list[str] | None = None
) -> Chosen:
    return Chosen(cast("pytest.Config", Given(line or {}, file or {}, overrides or [])))


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


def test_what_is_as_usual_is_not_said() -> None:
    assert chosen(file={"chaos_seed": "1", "chaos_shuffle": "no"}).header == []
    assert [chosen()[option.name] for option in OPTIONS][:5] == ["booking.system:SYSTEM", "", "", 1, "process"]


def test_each_place_comes_before_the_next_and_the_header_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SEED": "4", "APP": "from_env:app", "KEEP": ""}.items():
        monkeypatch.setenv(f"NEXUS_CHAOS_{name}", value)
    file = {"chaos_seed": "3", "chaos_app": "from_file:app", "chaos_keep": "7", "chaos_always_replay": "True"}
    found = chosen({"--chaos-app": "booking.app:app"}, cast("dict[str, object]", file))
    assert found.header == [
        "chaos: app booking.app:app (command line), seed 4 (environment), always-replay true (pytest.ini), "
        "keep 7 (pytest.ini)"
    ]
    assert (found["app"], found["seed"], found["keep"], found["always-replay"]) == ("booking.app:app", 4, 7, True)


def test_what_the_file_says_can_be_taken_back() -> None:
    file: dict[str, object] = {"chaos_shuffle": "true", "chaos_seed": "3"}
    assert chosen({"--chaos-shuffle": False}, file, ["chaos_seed=9"]).header == ["chaos: seed 9 (command line)"]


def test_a_folder_that_a_file_names_is_where_the_file_is() -> None:
    assert chosen(file={"chaos_report": "out"})["report"] == Path("/theirs/out")
    assert chosen({"--chaos-report": "out"})["report"] == Path("out")


@pytest.mark.parametrize(
    ("file", "variable", "said"),
    [
        ({"chaos_seed": "abc"}, "", "chaos_seed in pytest.ini: 'abc' is not such a number"),
        ({"chaos_seed": ["1", "2"]}, "", "chaos_seed in pytest.ini: not a string"),
        ({"chaos_app": "nonsense"}, "", "chaos_app in pytest.ini: 'nonsense' is not an app"),
        ({}, "NEXUS_CHAOS_OLDER_APP=nonsense", "NEXUS_CHAOS_OLDER_APP: 'nonsense' is not an app"),
        ({"chaos_shuffle": "perhaps"}, "", "chaos_shuffle in pytest.ini: 'perhaps' is neither on nor off"),
        ({"chaos_protocol": "bdi"}, "", "chaos_protocol in pytest.ini: unknown value 'bdi'; did you mean 'bidi'?"),
        ({}, "NEXUS_CHAOS_BACKEND=dokcer", "NEXUS_CHAOS_BACKEND: unknown value 'dokcer'; did you mean 'docker'?"),
        ({}, "NEXUS_CHAOS_NODES=2", "NEXUS_CHAOS_NODES: unknown value '2'"),
        ({}, "NEXUS_CHAOS_KEEP=0", "NEXUS_CHAOS_KEEP: '0' is not such a number"),
    ],
)
def test_a_bad_value_names_where_it_was_set(
    file: dict[str, object], variable: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(*variable.split("="))
    with pytest.raises(BadInput) as raised:
        chosen(file=file)
    assert str(raised.value).startswith(said)


def run(folder: Path, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """pytest with the plugin, in a folder of its own."""
    (folder / "test_nothing.py").write_text(TEST, "utf-8")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("NEXUS_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "-s", *options]
    return subprocess.run(
        command, cwd=folder, env=environment | more, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.integration
def test_pytest_reads_them_from_pyproject_and_a_conftest_may_name_the_app(tmp_path: Path) -> None:
    file = "[tool.pytest.ini_options]\nchaos_seed = 42\nchaos_shuffle = true\nchaos_app = 'from_file:app'\n"
    (tmp_path / "pyproject.toml").write_text(file, "utf-8")
    (tmp_path / "conftest.py").write_text(OVERRIDING, "utf-8")
    done = run(tmp_path, "--no-chaos-shuffle", NEXUS_CHAOS_KEEP="9")
    assert done.returncode == 0, done.stdout + done.stderr
    header = "chaos: app from_file:app (pyproject.toml), seed 42 (pyproject.toml), keep 9 (environment)"
    assert header in done.stdout.splitlines()
    assert "app theirs.app:app" in done.stdout


@pytest.mark.integration
def test_a_bad_value_is_one_error_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nchaos_seed = abc\n", "utf-8")
    done = run(tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "chaos_seed in pytest.ini: 'abc' is not such a number" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
