"""Run folders: the newest runs are kept, and nothing that is not a run over and done with is ever removed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from booking.workloads import ReserveRush
from chaos.errors import BadInput, CannotDo
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.reporting import run_summary
from chaos.session import Config, beginning, new_run_folder, publish, run_name

NOTHING = run_summary([], versions={}, started_at_ms=1, ended_at_ms=2, replay="")


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on the clock of Tokyo, nine hours ahead."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def finished(reports: Path, name: str) -> Path:
    folder = new_run_folder(reports, name)
    (folder / "summary.json").touch()
    return folder


def publish_one(reports: Path, keep: int) -> None:
    publish(reports, new_run_folder(reports, run_name("mine")), NOTHING, keep)


def test_the_oldest_runs_go_and_what_is_no_run_stays(tmp_path: Path) -> None:
    old, newer = finished(tmp_path, "20260101-000000-1"), finished(tmp_path, "20260102-000000-1-plan")
    for name in (".git", "src", "20260101-holiday"):
        (tmp_path / name).mkdir()
    publish_one(tmp_path, keep=2)
    assert not old.exists()
    assert newer.exists()
    assert all((tmp_path / name).is_dir() for name in (".git", "src", "20260101-holiday"))


def test_a_run_that_another_session_is_writing_stays_until_it_must_be_dead(tmp_path: Path) -> None:
    running, dead = new_run_folder(tmp_path, "20260102-000000-2"), new_run_folder(tmp_path, "20260101-000000-1")
    os.utime(dead, (0, 0))
    publish_one(tmp_path, keep=1)
    assert running.exists()
    assert not dead.exists()


def test_a_folder_called_latest_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "latest").mkdir()
    with pytest.raises(BadInput, match="not one of the suite's reports"):
        new_run_folder(tmp_path, run_name())
    (tmp_path / "latest" / "summary.json").touch()
    publish_one(tmp_path, keep=1)
    assert (tmp_path / "latest").is_symlink()


def test_runs_are_named_in_utc(far_east: None) -> None:
    earliest, latest = (time.strftime("%Y%m%d-%H%M%S", time.gmtime(time.time() + by_s)) for by_s in (-60, 60))
    assert earliest < run_name() < latest


def test_the_run_that_has_just_ended_stays_whatever_the_clock_said_before(tmp_path: Path) -> None:
    ahead = finished(tmp_path, "20990101-000000-1")
    publish_one(tmp_path, keep=1)
    mine = (tmp_path / "latest").resolve()
    assert (mine / "index.html").is_file()
    assert ahead.exists()
    publish(tmp_path, new_run_folder(tmp_path, "20990102-000000-1"), NOTHING, keep=1)
    assert not mine.exists()
    assert not ahead.exists()


def test_without_symbolic_links_there_is_no_latest_and_the_page_is_the_runs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")  # as a FAT file system says it

    publish_one(tmp_path, keep=5)
    monkeypatch.setattr(os, "symlink", refuse)
    folder = new_run_folder(tmp_path, "20260101-000000-7")
    assert publish(tmp_path, folder, NOTHING, keep=5) == folder / "index.html"
    assert (folder / "summary.json").is_file()
    assert not (tmp_path / "latest").is_symlink(), "it would lead to another run"


UPGRADE = Plan(name="upgrade", workload=ReserveRush(), stack=StackSpec(app="versions.nexus_v1:app", own=True))


@pytest.mark.parametrize(
    ("config", "begins_with"),
    [
        (Config(), "versions.nexus_v1:app"),
        (Config(app="services.app:app"), "versions.nexus_v1:app"),
        (Config(app="theirs.app:app", older_app="theirs.older:app"), "theirs.older:app"),
        (Config(older_app="cmd:./older --port {port}"), "cmd:./older --port {port}"),
        (Config(system="none", app="theirs.app:app"), "versions.nexus_v1:app"),  # whose version, only the plan knows
    ],
)
def test_an_upgrade_begins_with_an_older_version_of_the_app_under_test(config: Config, begins_with: str) -> None:
    assert beginning(UPGRADE, config).stack.app == begins_with


def test_an_app_of_which_no_older_version_is_named_cannot_be_upgraded() -> None:
    config = Config(app="theirs.app:app")
    with pytest.raises(CannotDo, match=r"(?s)of theirs.app:app none is named.*--chaos-older-app"):
        beginning(UPGRADE, config)
    plan = UPGRADE.model_copy(update={"stack": StackSpec()})
    assert beginning(plan, config) is plan


def test_an_older_version_that_names_no_app_is_bad_input() -> None:
    with pytest.raises(BadInput, match="--chaos-older-app"):
        Config(older_app="nonsense")
