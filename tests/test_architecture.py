"""The house rules that imports must keep, and that no module grows past what one can read."""

from __future__ import annotations

import ast
import importlib.util
import re
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import chaos

ROOT = Path(__file__).parents[1]
TOPS = ("chaos", "booking", "services", "planted", "lawful", "versions", "scenarios")
MODULES = [path for top in TOPS for path in sorted((ROOT / top).rglob("*.py"))]
MOST_LINES = 350
PUBLIC = {"faults", "workloads", *chaos.__all__}


# The rooms of the engine, lowest first: each may import only from those before it.
ROOMS = (
    *("errors", "outcome", "model", "verdict", "events", "waiting", "textfile", "extensions", "linearizability"),
    *("machine", "plan", "evidence", "workloads", "stack", "fakes", "system", "checkers", "judging"),
    *("faults", "backends", "run", "reporting", "cleanup", "session", "search"),
    *("planfile", "restate_server", "pytest_options", "pytest_neighbours", "cli", "pytest_plugin"),
)


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions and for types only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(place: str) -> list[Path]:
    """The files of a folder, or the one module of that name."""
    folder = ROOT / place
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def offenders(place: str, *forbidden: str) -> dict[str, list[str]]:
    """Files of a place that import something forbidden, or a part of it."""
    found = {}
    for path in files(place):
        wrong = sorted(name for name in imports(path) if any(name == f or name.startswith(f"{f}.") for f in forbidden))
        if wrong:
            found[path.relative_to(ROOT).as_posix()] = wrong
    return found


def test_every_room_has_its_place_in_the_order() -> None:
    found = {
        path.stem for path in (ROOT / "chaos").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert found - {"__init__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_those_before_it(room: str) -> None:
    later = ROOMS[ROOMS.index(room) + 1 :]
    assert offenders(f"chaos/{room}", *(f"chaos.{each}" for each in later)) == {}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def named(path: Path, modules: dict[str, Path]) -> set[str]:
    """The modules that a file imports; of `from package import module` only the module, not the package's front."""
    found = imports(path) & modules.keys()
    return {each for each in found if not any(other.startswith(f"{each}.") for other in found)}


@pytest.mark.parametrize("package", ["chaos", "booking", "services"])
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    """Nor for types alone."""
    modules = {module_name(path): path for path in files(package)}
    graph = {name: {each for each in named(path, modules) if each != name} for name, path in modules.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize(
    ("place", "forbidden"),
    [
        ("services", ("chaos", "booking", "scenarios", "planted", "lawful")),
        ("chaos", ("booking", "services", "scenarios", "planted", "lawful")),
        ("booking", ("services", "scenarios", "planted", "lawful")),
        ("booking/model", ("chaos", "booking.books", "booking.checkers")),
        ("planted", ("chaos", "scenarios", "lawful")),
        ("lawful", ("chaos", "booking", "scenarios", "planted")),
        ("versions", ("chaos", "scenarios", "planted", "lawful")),
        ("scenarios", ("services", "planted", "lawful")),
        ("chaos/checkers", ("httpx", "chaos.stack", "chaos.fakes")),
        ("chaos/reporting", ("httpx",)),
    ],
)
def test_houses_keep_to_themselves(place: str, forbidden: tuple[str, ...]) -> None:
    assert offenders(place, *forbidden) == {}


def test_scenarios_speak_to_the_public_api_alone() -> None:
    private = {
        path.name: wrong
        for path in files("scenarios")
        if (wrong := [m for m in imports(path) if m.startswith("chaos.") and m.split(".")[1] not in PUBLIC])
    }
    assert private == {}


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


def test_every_name_of_the_public_api_is_there() -> None:
    """And none of them is a module, which would hide the name once it is imported."""
    for name in chaos.__all__:
        assert not isinstance(getattr(chaos, name), ModuleType), name
        assert importlib.util.find_spec(f"chaos.{name}") is None, name


BOOKINGS_WORDS = re.compile(
    r"seat|ticket|order_?id|(?<![a-z])orders(?![a-z])|charge|gateway|mailer|checkout|booking|refund|captured|merchant",
    re.IGNORECASE,
)
ITS_OWN_BUSINESS = {  # where the engine may speak of the booking system
    "chaos/session.py": "DEFAULT_SYSTEM = ",  # it is what runs when nothing else is chosen
    "chaos/cli/commands.py": "gateway",  # the command that runs one third party by itself is called so
    "chaos/linearizability/models.py": "ticket",  # one of its models is called so, and knows only holders
    "chaos/evidence/older.py": "",  # records of version 1 speak of nothing else
    "chaos/pytest_plugin.py": "captured",  # output is
    "chaos/reporting/console.py": "captured",
}


def test_the_engine_knows_no_word_of_the_booking_system() -> None:
    found = [
        f"{name}:{number}: {line.strip()}"
        for path in sorted((ROOT / "chaos").rglob("*"))
        if path.suffix in (".py", ".html", ".css", ".js")
        for name in [path.relative_to(ROOT).as_posix()]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if BOOKINGS_WORDS.search(line.replace("orders lines", ""))
        and not (name in ITS_OWN_BUSINESS and ITS_OWN_BUSINESS[name].lower() in line.lower())
    ]
    assert found == []


@pytest.mark.parametrize("line", ["known_orders: set[str]", "row.order_id", "its Ticket", "seat_sold", "the gateway's"])
def test_it_would_notice_one(line: str) -> None:
    assert BOOKINGS_WORDS.search(line)
