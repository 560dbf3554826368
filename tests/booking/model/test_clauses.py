"""Every clause that the model names stands in docs/contract.md, under the heading it names."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import booking.checkers
import booking.model
from booking.model.clause import Clause

CONTRACT = Path("docs/contract.md")


def clauses() -> Iterator[tuple[str, Clause]]:
    for package in (booking.model, booking.checkers):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for name, value in vars(importlib.import_module(module.name)).items():
                for clause in _in(value):
                    yield f"{module.name}.{name}", clause


def _in(value: object) -> Iterator[Clause]:
    if isinstance(value, Clause):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _in(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _in(getattr(value, field.name))


def sections() -> dict[str, str]:
    """Heading → the text under it, in one line."""
    found: dict[str, list[str]] = {"": []}
    heading = ""
    for line in CONTRACT.read_text("utf-8").splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
            found[heading] = []
        else:
            found[heading].append(line)
    return {heading: re.sub(r"\s+", " ", " ".join(lines)) for heading, lines in found.items()}


@pytest.mark.parametrize(("name", "clause"), [*clauses()], ids=lambda value: value if isinstance(value, str) else "")
def test_a_clause_stands_in_the_contract(name: str, clause: Clause) -> None:
    heading, words = dataclasses.astuple(clause)
    under = [text for title, text in sections().items() if title.startswith(heading)]
    assert under, f"{name}: no heading begins with {heading!r}"
    assert any(words in text for text in under), f"{name}: {words!r} does not stand under {heading!r}"


def test_there_are_clauses() -> None:
    assert len({clause for _, clause in clauses()}) > 30
