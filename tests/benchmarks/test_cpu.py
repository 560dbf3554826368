"""Processor time is counted for the program that used it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from benchmarks.cpu import OTHERS, _Seen, program

BURNS = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["/cache/restate-server-1.7/restate-server"], "restate"),
        (["python", "-X", "faulthandler", "-m", "chaos.fakes", "gateway"], "fakes"),
        (["python", "-m", "chaos.backends.endpoint", "services.app:app"], "endpoints"),
        (["python", "-u", "-c", "import sys;exec(eval(sys.stdin.readline()))"], "pytest's workers"),
        (["make", "chaos"], OTHERS),
    ],
)
def test_a_command_line_says_the_program(command: list[str], name: str) -> None:
    assert program(command) == name


@pytest.mark.integration
def test_what_a_process_used_is_counted_also_after_its_end() -> None:
    command = [sys.executable, "-c", BURNS, "chaos.fakes"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seen = _Seen()
        seen.look()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        seen.look()  # a zombie: its command line is gone, and what it used is not
    seen.look()
    assert seen.by_program()["fakes"] >= 0.29
