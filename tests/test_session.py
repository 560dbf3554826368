"""Run folders: the newest runs are kept, and nothing that is not a run over and done with is ever removed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from booking.workloads import ReserveRush
from chaos.errors import BadInput, CannotDo
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.reporting import run_summary
from chaos.session import Config, beginning, new_run_folder, publish, run_name

NOTHING = run_summary([], versions={}, started_at_ms=1, ended_at_ms=2, replay="")


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
    with pytest.raises(BadInput, match="not one of our reports"):
        new_run_folder(tmp_path, run_name())
    (tmp_path / "latest" / "summary.json").touch()
    publish_one(tmp_path, keep=1)
    assert (tmp_path / "latest").is_symlink()


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
