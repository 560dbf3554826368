"""The planted bugs can be started, each says who catches it, and none leaks into this process."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

BUGS = sorted(path for path in Path("planted").glob("*.py") if path.name != "__init__.py")


@pytest.mark.integration
def test_every_bug_exposes_an_app_like_the_services_do() -> None:
    # In a process of its own, since each of them changes the services for good.
    modules = " ".join(f"planted.{path.stem}" for path in BUGS)
    code = "import importlib, sys\nfor name in sys.argv[1].split(): assert callable(importlib.import_module(name).app)"
    subprocess.run([sys.executable, "-W", "error", "-c", code, modules], check=True, timeout=60)


@pytest.mark.parametrize("path", BUGS, ids=lambda path: path.stem)
def test_every_bug_says_what_it_is_and_who_catches_it(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said
    assert said.startswith("Bug: ")
    assert "\nCaught by " in said
