"""Machines as people have them: it works there, or says in one error what is wrong."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.machine.toolchain import Tools
from tests.fake_session import ROOT, run, run_suite, write_suite

pytestmark = pytest.mark.integration
CHAOS = (sys.executable, "-m", "chaos.cli")
PLAN = "name: small\nworkload: {kind: booking, orders: 4, seats: 2, clients: 2}\n"
ENOUGH_FILES = """
def test_there_are_enough():
    import resource
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 1024
"""
UNLISTED = "54321"  # a user id that no list of users names
ASCII = {"PYTHONIOENCODING": "ascii"}
POSIX = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


def test_a_terminal_that_knows_ascii_alone_is_told_all_in_ascii(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, good="VALID", bad="INVALID")
    done = run_suite(suite, **ASCII)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "+ VALID good in" in done.stdout
    assert "overall x INVALID" in done.stdout
    record = str(suite / "reports/latest/good-0/records/good")
    judged = run([*CHAOS, "check", record], tmp_path, POSIX)
    assert "overall ? UNKNOWN" in judged.stdout, judged.stdout + judged.stderr  # a played record, without decisions
    helped = run([*CHAOS, "run", "--help"], tmp_path, ASCII)
    assert helped.returncode == 0
    assert (done.stdout + judged.stdout + helped.stdout).isascii()


@pytest.fixture(scope="module")
def stranger(tools: Tools) -> list[str]:
    """How a command is run by a user whom no list names and who has no home: by a name space, or by root."""
    name_space = ["unshare", "--user", f"--map-user={UNLISTED}", f"--map-group={UNLISTED}"]
    by_root = ["setpriv", f"--reuid={UNLISTED}", f"--regid={UNLISTED}", "--clear-groups"]
    sees = f"import os, sys; sys.exit(os.getuid() != {UNLISTED} or not os.access({str(tools.toxiproxy)!r}, os.X_OK))"
    for way in (name_space, by_root):
        command = [shutil.which(way[0]) or way[0], *way[1:], "/usr/bin/env", "-u", "HOME"]
        with contextlib.suppress(OSError):
            if subprocess.run([*command, sys.executable, "-c", sees], capture_output=True, check=False).returncode == 0:
                return command
    pytest.skip("nobody else can use the programs here: no user name spaces, or these are root's alone")


@pytest.fixture
def ground() -> Iterator[Path]:
    """A folder that any user sees, with `open` in it that any may write, and `shut` that none may but root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    for name, mode in {"open": 0o777, "shut": 0o755}.items():
        (folder / name).mkdir()
        (folder / name).chmod(mode)
    yield folder
    (folder / "shut").chmod(0o755)
    shutil.rmtree(folder)


def test_a_checkout_that_cannot_be_written_needs_another_folder_for_reports(ground: Path, stranger: list[str]) -> None:
    suite = write_suite(ground / "shut", good="VALID")
    suite.chmod(0o555)
    as_here = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(suite), str(suite / "test_theirs.py")]
    python = [*stranger, sys.executable]
    done = run_suite(suite, *as_here, python=python, TMPDIR=str(ground / "open"))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "cannot be created: Permission denied" in done.stdout
    assert "name a folder you may write to" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    report = f"--chaos-report={ground / 'open/reports'}"
    done = run_suite(suite, *as_here, report, python=python, TMPDIR=str(ground / "open"))
    assert done.returncode == 0, done.stdout + done.stderr


def run_plan(folder: Path, tools: Tools, *before: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A small plan on a real stack; reports and temporary files go to `open` in the folder."""
    (folder / "plan.yaml").write_text(PLAN, "utf-8")
    given = {
        "NEXUS_CHAOS_RESTATE_SERVER": str(tools.restate_server),
        "NEXUS_CHAOS_TOXIPROXY": str(tools.toxiproxy),
        "TMPDIR": str(folder / "open"),
    }
    return run([*before, *CHAOS, "run", "plan.yaml", "--report", "open/reports"], folder, given | more)


def test_a_user_without_a_name_or_a_home_runs_a_plan(ground: Path, stranger: list[str], tools: Tools) -> None:
    done = run_plan(ground, tools, *stranger)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID small in" in done.stdout


def test_proxies_of_the_environment_do_not_stand_between_a_run_and_its_stack(ground: Path, tools: Tools) -> None:
    nobody = {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "socks5://127.0.0.1:9",
    }
    both = nobody | {name.lower(): where for name, where in nobody.items()} | {"NO_PROXY": "", "no_proxy": ""}
    done = run_plan(ground, tools, **both)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VALID small in" in done.stdout


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        ("", "this user has no home\n  next: "),
        ("shut/cache", "shut/cache'\n  or: set NEXUS_CHAOS_TOXIPROXY to the path"),
    ],
)
def test_what_has_nowhere_to_be_installed_is_one_error(
    cache: str, said: str, ground: Path, stranger: list[str], tools: Tools
) -> None:
    nowhere = {"NEXUS_CHAOS_TOXIPROXY": "", "PATH": ""}
    if cache:
        (ground / "shut").chmod(0o555)
        nowhere["NEXUS_CHAOS_CACHE_DIR"] = str(ground / cache)
    done = run_plan(ground, tools, *stranger, **nowhere)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert "set NEXUS_CHAOS_CACHE_DIR to a folder you may write to" in done.stderr
    assert "Traceback" not in done.stderr


def test_python_without_asserts_still_finds_what_is_invalid(tmp_path: Path) -> None:
    """-OO is -O, and without docstrings."""
    suite = write_suite(tmp_path, good="VALID", bad="INVALID")
    here = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(suite), str(suite / "test_theirs.py")]
    done = run_suite(suite, *here, "--chaos-report=reports", python=(sys.executable, "-OO"))
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 1


def with_few_files(option: str) -> list[str]:
    """Python under a limit of 256 open files: with -S one that it may raise itself, else one that stays."""
    return ["/bin/sh", "-c", f'ulimit {option} -n 256 && exec "$@"', "sh", sys.executable]


def test_few_open_files_are_made_more_where_that_is_allowed(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, good="VALID")
    theirs = suite / "test_theirs.py"
    theirs.write_text(theirs.read_text("utf-8") + ENOUGH_FILES, "utf-8")
    done = run_suite(suite, "-p", "no:randomly", python=with_few_files("-S"))
    assert done.returncode == 0, done.stdout + done.stderr
    done = run_suite(suite, python=with_few_files(""))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "ulimit -n: a process may have only 256 files open" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
