"""Systems: found by name, refused with one error, and what they say of settings and handlers holds."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest

from booking.system import SYSTEM
from chaos import BadInput, Plan, Record, Settings, StackSpec, System, judge
from chaos.reporting import summarize
from chaos.system.system import NO_SYSTEM, find_system, system_of
from chaos.workloads import Calls
from tests.checkers.world import World

LOAD = Calls.model_validate({"calls": [{"target": "A/b"}]})


def test_one_is_found_by_module_and_name() -> None:
    assert find_system("booking.system:SYSTEM") is SYSTEM
    assert find_system("none") is NO_SYSTEM


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bookings", "not a system"),
        (":SYSTEM", "not a system"),
        ("bokking.system:SYSTEM", "cannot be imported: No module named 'bokking'"),
        ("booking.system:SYSTEMS", "cannot be imported: .*SYSTEMS"),
        ("booking.system:case_of", "is a function"),
        ("broken_system:SYSTEM", "breaks when it is imported: ZeroDivisionError"),
    ],
)
def test_what_is_none_is_one_error(name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_system.py").write_text("SYSTEM = 1 / 0\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BadInput, match=said) as raised:
        find_system(name)
    assert f"--chaos-system {name}" in str(raised.value)


def test_settings_are_completed_and_checked() -> None:
    given = Settings.model_validate({"hold_ms": 300})
    fitted = SYSTEM.fit(Plan(name="p", workload=LOAD, stack=StackSpec(settings=given)))
    assert fitted.stack.settings.environment()["NEXUS_HOLD_MS"] == "300"
    assert fitted.stack.settings.environment()["NEXUS_RETRY_MAX_MS"] == "1000"
    for wrong in ({"hold_ms": 0}, {"hold": 1}):
        plan = Plan(name="p", workload=LOAD, stack=StackSpec(settings=Settings.model_validate(wrong)))
        with pytest.raises(BadInput, match=r"stack\.settings"):
            SYSTEM.fit(plan)


def test_a_plan_of_another_system_is_refused() -> None:
    plan = Plan(name="p", system="booking.system:SYSTEM", workload=LOAD)
    assert SYSTEM.fit(plan).system == plan.system
    with pytest.raises(BadInput, match="the plan is of another system"):
        NO_SYSTEM.fit(plan)


def test_handlers_that_an_app_lacks_are_named() -> None:
    services = [
        {"name": name, "handlers": [{"name": each} for each in names]} for name, names in SYSTEM.handlers.items()
    ]
    assert SYSTEM.missing_handlers(services) == []
    assert SYSTEM.missing_handlers(services[1:])[0] == "Event.get"
    assert NO_SYSTEM.missing_handlers([]) == []


def test_a_record_that_names_no_system_is_the_booking_systems(tmp_path: Path) -> None:
    World().book("o1").write(tmp_path / "r")
    file = tmp_path / "r" / "record.json"
    document = json.loads(file.read_text("utf-8"))
    del document["system"]
    document["version"] = 1
    file.write_text(json.dumps(document), "utf-8")
    assert system_of(Record.open(tmp_path / "r")) is SYSTEM


def test_a_report_that_crashes_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> NoReturn:
        raise KeyError("boom")

    record = World().book("o1").write(tmp_path / "r")
    module = import_module("chaos.reporting.summarize")
    monkeypatch.setattr(module, "system_of", lambda _: System(name="theirs", report=crash))
    with pytest.raises(BadInput, match=r"the system theirs: its report crashed: KeyError: 'boom'(\n.*)*chaos check"):
        summarize(record, judge(record))
