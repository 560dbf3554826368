"""Every clause that the model names stands in docs/contract.md, under the heading it names."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from booking.clauses import clauses, table
from booking.model.clause import Clause

CONTRACT = Path("docs/contract.md")


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


@pytest.mark.parametrize(
    ("name", "clause"),
    [(f"{module}.{name}", clause) for module, name, clause in clauses()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_clause_stands_in_the_contract(name: str, clause: Clause) -> None:
    heading, words = dataclasses.astuple(clause)
    under = [text for title, text in sections().items() if title.startswith(heading)]
    assert under, f"{name}: no heading begins with {heading!r}"
    assert any(words in text for text in under), f"{name}: {words!r} does not stand under {heading!r}"


def test_there_are_clauses() -> None:
    assert len({clause for _, _, clause in clauses()}) > 30


def test_the_published_table_is_current_and_no_clause_is_without_a_checker() -> None:
    assert Path("docs/clauses.md").read_text("utf-8") == table(), "run `make schemas`"
    assert not [row for row in table().splitlines()[6:] if row.endswith("|  |")]
