"""What no journal looks like is UNKNOWN: the record, or Restate, is not to be relied on there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaos.checkers.journal_forms import in_journals
from chaos.evidence.journal import Failure
from tests.checkers.world import World


def said(world: World, folder: Path) -> list[str]:
    return list(in_journals(world.write(folder)))


def test_journals_as_they_are_have_nothing_wrong(tmp_path: Path) -> None:
    assert said(World().book("o1", attempts=2).decline("o2", "A2").refuse("o3"), tmp_path) == []


def renumbered(world: World, id_: str) -> None:
    """The journal's indices and size as they are after entries were put in or taken out."""
    rows = world.rows["journal"]
    mine = [at for at, entry in enumerate(rows) if entry.invocation_id == id_]
    for index, at in enumerate(mine):
        rows[at] = rows[at].model_copy(update={"index": index})
    world.alter("invocations", lambda row: row.id == id_, journal_size=len(mine))


def twice(world: World, type_: str, kind: str = "command") -> None:
    rows, id_ = world.rows["journal"], world.invocation("o1").id
    at = next(n for n, e in enumerate(rows) if (e.invocation_id, e.kind, e.type) == (id_, kind, type_))
    rows.insert(at + 1, rows[at])
    renumbered(world, id_)


def swapped(world: World) -> None:
    rows, id_ = world.rows["journal"], world.invocation("o1").id
    at = next(n for n, e in enumerate(rows) if (e.invocation_id, e.kind, e.type) == (id_, "command", "Run"))
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    renumbered(world, id_)


def outputs(world: World, **change: object) -> None:
    id_ = world.invocation("o1").id
    world.alter("journal", lambda e: (e.invocation_id, e.type) == (id_, "Output"), **change)


def went_on(world: World) -> None:
    rows, id_ = world.rows["journal"], world.invocation("o1").id
    output = next(e for e in rows if (e.invocation_id, e.type) == (id_, "Output"))
    rows.insert(rows.index(output) + 1, output.model_copy(update={"type": "SetState", "state_key": "x"}))
    renumbered(world, id_)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda w: twice(w, "Input"), "2 entries of Input"),
        (lambda w: twice(w, "Output"), "2 entries of Output"),
        (lambda w: twice(w, "Run", "notification"), "answers a Run that had its answer"),
        (swapped, "answers a Run that was not asked before"),
        (went_on, "it went on after its output"),
        (lambda w: outputs(w, value=None, failure=Failure(code=500, message="x")), "and its output is a failure"),
        (lambda w: outputs(w, type="SetState"), "it ended well, without an output"),
        (
            lambda w: w.alter("invocations", lambda row: row.key == "o1", result="failure", failure="[409] other: x"),
            "it failed with another failure than its output",
        ),
        (
            lambda w: w.alter("journal", lambda e: e.target == "Notifications/user-o1/notify", target="Other/x/y"),
            "called Other/x/y, and",
        ),
    ],
)
def test_what_cannot_be_is_named(damage: Callable[[World], object], what: str, tmp_path: Path) -> None:
    world = World().book("o1")
    damage(world)
    found = said(world, tmp_path)
    assert any(what in each for each in found), found
