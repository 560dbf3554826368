"""exclusive_per_key: each writer of an object begins with what the last one left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaos.checkers import CHECKERS
from chaos.evidence.journal import StateRow
from chaos.verdict import Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import Run, World

NAME = "exclusive_per_key"
Steps = tuple[tuple[Any, Any], ...]  # (found, left)


def written(*steps: tuple[Any, Any], key: str = "v", lazily: bool = False, **meta: Any) -> World:
    """An object whose writers found and left these values."""
    world = World(**meta)
    for found, left in steps:
        write(world, found, left, key=key, lazily=lazily)
    return world


def write(world: World, found: Any, left: Any, *, key: str = "v", lazily: bool = False) -> Run:
    def act(run: Run) -> None:
        if lazily:
            run.entry("command", "GetLazyState", state_key=key, completion_id=1)
            run.entry("notification", "GetLazyState", completion_id=1, value=found)
        else:
            run.entry("command", "GetEagerState", state_key=key, value=found)
        run.entry("command", "SetState", state_key=key, value=left)
        run.entry("command", "GetEagerState", state_key=key, value=left)  # its own: shows nothing of the others

    run = Run(world, "Box", "b", "put", None, None)
    run.act(act)
    return run


def at_end(world: World, *, of: str = "b", **values: Any) -> World:
    """The same world, with what is there of an object's state at the end."""
    if not world.rows["state"]:
        world.settle()
    for key, value in values.items():
        row = StateRow(service="Box", object_key=of, key=key, value=value)
        world.rows["state"].append(row)
    return world


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (((None, 1), (1, 2), (2, 3)), 3),
        (((None, 1), (1, None), (None, 1), (1, None)), None),
        (((7, 8), (8, 7), (7, 7), (7, 9)), 9),
        (((None, {"a": 1, "b": 2}), ({"b": 2, "a": 1}, {"c": 3})), {"c": 3}),
        (((2, 3), (None, 1), (1, 2)), 3),  # rows are in no order
    ],
)
@pytest.mark.parametrize("lazily", [False, True])
def test_a_chain_is_valid(ask: Ask, steps: Steps, end: Any, lazily: bool) -> None:
    result = ask(NAME, at_end(written(*steps, lazily=lazily), v=end))
    assert (result.outcome, result.cases) == (Outcome.VALID, 1)


@pytest.mark.parametrize(
    "steps",
    [
        ((None, 1), (None, 2)),
        ((None, 1), (1, 2), (1, 3)),
        ((None, 1), (1, 2), (2, 1), (1, 4), (1, 5)),
    ],
)
@pytest.mark.parametrize("lazily", [False, True])
def test_two_that_began_from_one_value_overlapped(ask: Ask, steps: Steps, lazily: bool) -> None:
    result = ask(NAME, written(*steps, lazily=lazily))
    assert result.outcome is Outcome.INVALID
    assert "invocations of Box/b began from the same value of 'v', which was left there less often" in (
        result.findings[0].message
    )


def test_values_that_nobody_left_are_unknown(ask: Ask) -> None:
    result = ask(NAME, written((None, 1), (2, 3)))
    assert result.outcome is Outcome.UNKNOWN
    assert result.findings[0].message == "Box/b/put found a value of 'v' that no invocation in the record left"


def test_whoever_writes_without_looking_fits_anywhere(ask: Ask) -> None:
    world = written((None, 1), (2, 3))
    Run(world, "Box", "b", "put", None, None).act(lambda run: run.entry("command", "SetState", state_key="v", value=2))
    assert ask(NAME, at_end(world, v=3)).outcome is Outcome.VALID


@pytest.mark.parametrize("entry", [("ClearState", "v"), ("ClearAllState", None)])
def test_what_was_cleared_is_found_empty(ask: Ask, entry: tuple[str, str | None]) -> None:
    def clear(run: Run) -> None:
        run.entry("command", "GetEagerState", state_key="v", value=1)
        run.entry("command", entry[0], state_key=entry[1])

    world = written((None, 1), (None, 2))
    assert ask(NAME, world).outcome is Outcome.INVALID
    Run(world, "Box", "b", "wipe", None, None).act(clear)
    assert ask(NAME, at_end(world, v=2)).outcome is Outcome.VALID


def test_each_state_key_has_a_chain_of_its_own(ask: Ask) -> None:
    world = written((None, 1), (1, 2))
    write(world, None, 2, key="w")
    assert ask(NAME, at_end(world, v=2, w=2)).outcome is Outcome.VALID


def test_who_only_reads_may_read_beside_others(ask: Ask) -> None:
    world = written((None, 1), (1, 2))
    for _ in range(3):
        look = Run(world, "Box", "b", "look", None, None)
        look.act(lambda run: run.entry("command", "GetEagerState", state_key="v", value=1) and None)
    assert ask(NAME, at_end(world, v=2)).outcome is Outcome.VALID


NOT_THE_LAST = "Box/b: the state 'v' is not what the last of its writers left"


@pytest.mark.parametrize("end", [9, 1, None])
def test_a_state_at_the_end_that_the_last_writer_did_not_leave_is_invalid(ask: Ask, end: Any) -> None:
    result = ask(NAME, at_end(written((None, 1), (1, 2)), v=end))
    assert (result.outcome, [each.message for each in result.findings]) == (Outcome.INVALID, [NOT_THE_LAST])


def test_a_state_that_is_gone_is_invalid_where_others_of_its_service_are_there(ask: Ask) -> None:
    world = written((None, 1), (1, 2))
    assert ask(NAME, world).outcome is Outcome.UNKNOWN  # its service may keep none
    assert ask(NAME, at_end(world, of="another", v=1)).outcome is Outcome.INVALID


def test_a_timer_may_have_changed_the_state_since(ask: Ask) -> None:
    world = at_end(written((None, 1), (1, 2)), v=3)
    waiting = {"id": "inv_t", "status": "scheduled", "result": None}
    world.rows["invocations"].append(world.rows["invocations"][0].model_copy(update=waiting))
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].message) == (
        Outcome.UNKNOWN, f"{NOT_THE_LAST}, unless something changed it since",
    )  # fmt: skip


BAD = ((None, 1), (None, 2))


def is_left_out(world: World, folder: Path) -> bool:
    return not CHECKERS[NAME].expected(world.write(folder))


def test_objects_of_which_something_may_be_missing_are_left_out(tmp_path: Path) -> None:
    assert not is_left_out(written(*BAD), tmp_path / "judged")
    assert is_left_out(written((None, 1)), tmp_path / "one writer")
    assert is_left_out(written(*BAD, converged_at_ms=None), tmp_path / "not converged")

    going = written(*BAD)
    write(going, 1, 3)
    going.alter("invocations", lambda row: row.id == "inv_0002", status="running", journal_size=None)
    assert is_left_out(going, tmp_path / "goes on")

    unkept = written(*BAD)
    Run(unkept, "Box", "b", "wipe", None, None).act(lambda _: None)
    unkept.drop("journal", lambda entry: entry.invocation_id == "inv_0002")
    unkept.alter("invocations", lambda row: row.id == "inv_0002", journal_size=0)
    assert is_left_out(unkept, tmp_path / "no journal kept")

    copied = written(*BAD)
    copied.alter("invocations", lambda row: row.id == "inv_0001", invoked_by="restart_as_new")
    assert is_left_out(copied, tmp_path / "restarted")

    asked = written(*BAD)
    number = asked.told("invoke", "Box/b/wipe")
    asked.told("ok", "Box/b/wipe", number, status=200)
    assert is_left_out(asked, tmp_path / "a client knows of one more")

    called = written(*BAD)
    caller = Run(called, "Other", "x", "go", None, None)
    caller.act(lambda run: run.entry("command", "Call", target="Box/b/wipe", invoked_id="inv_gone") and None)
    assert is_left_out(called, tmp_path / "a caller knows of one more")


def test_an_object_with_a_timer_that_waits_is_judged(ask: Ask) -> None:
    world = written(*BAD)
    world.rows["invocations"].append(
        world.rows["invocations"][0].model_copy(update={"id": "inv_t", "status": "scheduled", "result": None})
    )
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_booking_system_that_keeps_the_contract_is_valid(ask: Ask) -> None:
    assert ask(NAME, World().book("o1").decline("o2", "A2").book("o3", "A2")).outcome is Outcome.VALID
