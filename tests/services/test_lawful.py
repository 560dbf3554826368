"""The lawful variants can be started, each says that it is one, and none leaks into this process."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

VARIANTS = sorted(path for path in Path("lawful").glob("*.py") if path.name != "__init__.py")


@pytest.mark.integration
def test_every_variant_exposes_an_app_like_the_services_do() -> None:
    # In a process of their own: they change the services for good. None is run together with another.
    modules = " ".join(f"lawful.{path.stem}" for path in VARIANTS)
    code = "import importlib, sys\nfor name in sys.argv[1].split(): assert callable(importlib.import_module(name).app)"
    subprocess.run([sys.executable, "-W", "error", "-c", code, modules], check=True, timeout=60)


@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.stem)
def test_every_variant_says_what_it_does_otherwise(path: Path) -> None:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said
    assert said.startswith("Lawful: ")
