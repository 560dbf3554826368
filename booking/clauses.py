"""Which clauses of the contract are checked, and by whom: the table in docs/clauses.md, made from the code."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import booking.checkers
import booking.model
from booking.model.clause import Clause

HEAD = """# The contract's clauses, and who checks them

Made from the code by `make schemas`: each clause of [contract.md](contract.md) that the model or a checker rests on,
where it is modelled, and the checkers that hold the evidence to it.

| clause | modelled in | checked by |
|---|---|---|
"""
ROOT = Path(booking.model.__file__).parents[2]


def clauses() -> Iterator[tuple[str, str, Clause]]:
    """Every clause that the model and the checkers name: module, name there, clause."""
    for package in (booking.model, booking.checkers):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                for clause in _in(value):
                    yield module.name, name, clause


def table() -> str:
    """The page docs/clauses.md."""
    homes: dict[Clause, set[str]] = {}
    for module, _, clause in clauses():
        homes.setdefault(clause, set()).add(module)
    rows = []
    for clause, modules in sorted(homes.items(), key=lambda item: (item[0].heading, item[0].says)):
        modelled = sorted(each.rpartition(".")[2] for each in modules if each.startswith("booking.model."))
        checked = [name for name in booking.checkers.CHECKERS if modules & _rests_on(f"booking.checkers.{name}")]
        says = clause.says.replace("|", "\\|")
        rows.append(f"| {clause.heading}: {says} | {', '.join(modelled) or 'the checker'} | {', '.join(checked)} |")
    return HEAD + "\n".join(rows) + "\n"


@cache
def _rests_on(checker: str) -> frozenset[str]:
    """A checker's module and the modules of the model that it imports itself."""
    path = ROOT / (checker.replace(".", "/") + ".py")
    froms = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    imported = {node.module for node in froms if node.module}
    imported |= {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
    return frozenset({checker, *(each for each in imported if each.startswith(booking.model.__name__))})


def _in(value: object) -> Iterator[Clause]:
    if isinstance(value, Clause):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _in(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _in(getattr(value, field.name))
