"""The house rules that imports must keep, and that no module grows past what one can read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOPS = ("chaos", "services", "planted", "versions", "scenarios")
MODULES = [path for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]
MOST_LINES = 350


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def offenders(folder: str, *forbidden: str) -> dict[str, list[str]]:
    """Files below a folder that import something forbidden, or a part of it."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        wrong = sorted(name for name in imports(path) if any(name == f or name.startswith(f"{f}.") for f in forbidden))
        if wrong:
            found[path.relative_to(ROOT).as_posix()] = wrong
    return found


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("services", ("chaos", "scenarios", "planted")),
        ("chaos", ("services", "scenarios", "planted")),
        ("planted", ("chaos", "scenarios")),
        ("versions", ("chaos", "scenarios", "planted")),
        ("scenarios", ("services", "planted")),
        (
            "chaos/checkers",
            ("chaos.backends", "chaos.faults", "chaos.fakes", "chaos.stack.stack", "chaos.stack.control", "httpx"),
        ),
        (
            "chaos/faults",
            ("chaos.run.runner", "chaos.run.nemesis", "chaos.checkers", "chaos.backends", "chaos.session"),
        ),
        (
            "chaos/workloads",
            ("chaos.run.runner", "chaos.run.nemesis", "chaos.checkers", "chaos.backends", "chaos.faults"),
        ),
        ("chaos/reporting", ("chaos.run.runner", "chaos.run.nemesis", "chaos.backends", "chaos.faults", "httpx")),
        ("chaos/fakes", ("chaos.run.runner", "chaos.plan.plan", "chaos.checkers", "chaos.stack.stack")),
    ],
)
def test_imports_point_one_way(folder: str, forbidden: tuple[str, ...]) -> None:
    assert offenders(folder, *forbidden) == {}


def test_the_rule_would_notice(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def f():\n    from chaos.backends import process\n", "utf-8")
    assert "chaos.backends.process" in imports(path)


def test_only_one_module_talks_to_toxiproxy_python() -> None:
    users = [path.name for path in MODULES if any(name.split(".")[0] == "toxiproxy" for name in imports(path))]
    assert users == ["toxiproxy.py"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_says_its_job_and_can_be_read(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module's first line says its job"
    assert len(text.splitlines()) <= MOST_LINES
