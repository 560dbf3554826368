"""Makes records of this folder anew, by small runs of the real thing: `python -m tests.checkers.records.make [NAME …]`.

Each run must be judged as the table says, or nothing is written: a fixture is what was seen, not what was hoped for.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from booking.workloads import Booking
from chaos.evidence.record import SOURCES, Record
from chaos.judging import judge
from chaos.plan.expect import Expect
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.session import Config, Session
from chaos.verdict import Outcome
from scenarios import charge_window_kill, gateway_402, gateway_timeout, late_capture, mail_unanswered

HERE = Path(__file__).parent
TRACEBACK_FOLDER = re.compile(r'(File \\")[^"\\]*/')  # where the machine that ran it keeps its files
KEPT = {"record.json", "plan.json", "decisions.json", *(f"{name}.jsonl" for name in (*SOURCES, "gateway", "mailer"))}
USUAL = Modes()


@dataclass(frozen=True)
class Fixture:
    """A run: whose services, by which plan, and the checker that must call it INVALID (none: all must be VALID)."""

    plan: Plan
    bug: str | None = None
    caught_by: str | None = None
    modes: Modes = USUAL

    @property
    def name(self) -> str:
        return f"{self.plan.name}__{self.bug or 'good'}"

    @property
    def app(self) -> str:
        return f"planted.{self.bug}:app" if self.bug else ""


def small(plan: Plan, workload: Booking, **expect: object) -> Plan:
    """The scenario with a handful of orders."""
    steps = tuple(
        step.model_copy(update={"fault": step.fault.model_copy(update={"min_hits": 1})})
        if "min_hits" in type(step.fault).model_fields
        else step
        for step in plan.steps
    )
    return plan.model_copy(update={"workload": workload, "steps": steps, "expect": Expect(min_ok=0, **expect)})  # type: ignore[arg-type]


KILLED = small(charge_window_kill.PLAN, Booking(orders=3, seats=3, clients=2), repeated_charges=1)
DECLINED = small(
    gateway_402.PLAN, Booking(orders=4, seats=2, clients=1, declined=2, declined_first=True), compensations=("void",)
)
STUCK = DECLINED.model_copy(update={"deadline_s": 5})
UNPAID = small(gateway_timeout.PLAN, Booking(orders=4, seats=4, clients=4, hold_ms=2_500), compensations=("void",))
LATE = small(late_capture.PLAN, Booking(orders=9, seats=2, clients=3, hold_ms=500, think_ms=200))
MAIL = small(mail_unanswered.PLAN, Booking(orders=6, seats=6, clients=1))

FIXTURES = (
    *(Fixture(plan) for plan in (KILLED, DECLINED, UNPAID, LATE, MAIL)),
    Fixture(KILLED, "no_charge_key", "exactly_once_charge"),
    Fixture(DECLINED, "confirm_before_charge", "saga_complete"),
    Fixture(DECLINED, "no_release", "saga_complete"),
    Fixture(DECLINED, "stale_map", "seat_map_converges"),
    Fixture(DECLINED, "own_words", "client_answers"),
    Fixture(STUCK, "not_deterministic", "all_orders_end", Modes(always_replay=True)),
    Fixture(UNPAID, "no_void", "exactly_once_charge"),
    Fixture(LATE, "confirm_ignores_holder", "no_oversell"),
    Fixture(LATE, "swallow_confirm_failure", "saga_complete"),
    Fixture(MAIL, "double_mail", "notifications_once"),
)


async def make(fixture: Fixture) -> None:
    """Runs it once and keeps the record, without the logs. Raises AssertionError when it was judged otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        async with Session.open(Config(app=fixture.app, modes=fixture.modes), Path(folder), lambda _: None) as session:
            await session.prove(fixture.plan, replay="")
        made = Path(folder) / "records" / fixture.plan.name
        outcomes = {check.checker: check.outcome for check in judge(Record.open(made)).checks}
        wanted = outcomes[fixture.caught_by] is Outcome.INVALID if fixture.caught_by else None
        assert wanted or (not fixture.caught_by and set(outcomes.values()) == {Outcome.VALID}), (fixture.name, outcomes)
        kept = HERE / fixture.name
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(made, kept, ignore=lambda _, names: [name for name in names if name not in KEPT])
    for path in kept.glob("*.jsonl"):
        path.write_text(TRACEBACK_FOLDER.sub(r"\1", path.read_text("utf-8")), "utf-8")
    found = {checker: str(outcome) for checker, outcome in outcomes.items() if outcome is not Outcome.VALID}
    (kept / "expected.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


async def main() -> None:
    for fixture in [each for each in FIXTURES if each.name in sys.argv[1:] or len(sys.argv) == 1]:
        await make(fixture)
        print(fixture.name)


if __name__ == "__main__":
    asyncio.run(main())
