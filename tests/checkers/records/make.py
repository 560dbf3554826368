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

from booking.workloads import (
    Booking,
    Cancelling,
    MarkingRead,
    OutlivedHolds,
    Reading,
    ReturnedHolds,
    RoleUpdates,
    RoundEnd,
    Shopping,
    Signups,
)
from chaos.evidence.record import SOURCES, Record
from chaos.judging import judge
from chaos.plan.expect import Bounds, Expect
from chaos.plan.moments import RuleHits
from chaos.plan.plan import Plan
from chaos.plan.spec import Modes
from chaos.plan.step import Step
from chaos.plan.workload import Workload
from chaos.session import Config, Session
from chaos.verdict import Outcome
from scenarios import (
    baseline,
    cancel_race,
    charge_window_kill,
    gateway_402,
    gateway_timeout,
    hold_given_back,
    late_capture,
    mail_unanswered,
    mark_read,
    refund_fails,
    role_update,
    round_ends_in_flight,
    session_checkout,
    signup,
    sold_out_rounds,
    webhook_duplicate,
)

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


def small(
    plan: Plan, workload: Workload, *, reached: int = 1_000, without: tuple[str, ...] = (), **expect: object
) -> Plan:
    """The scenario, `without` some steps, with a handful of orders of which at most `reached` come to each rule."""
    return plan.model_copy(
        update={
            "workload": workload,
            "steps": tuple(_smaller(step, reached) for step in plan.steps if step.id not in without),
            "expect": Expect(min_ok=0, **expect),  # type: ignore[arg-type]
        }
    )


def _smaller(step: Step, reached: int) -> Step:
    bounds = {"min_hits": 1, "times": min(reached, getattr(step.fault, "times", None) or reached)}
    fault = step.fault.model_copy(update={name: n for name, n in bounds.items() if getattr(step.fault, name, None)})
    until = step.until
    if isinstance(until, RuleHits):
        until = until.model_copy(update={"count": min(reached, until.count)})
    return step.model_copy(update={"fault": fault, "until": until})


KILLED = small(charge_window_kill.PLAN, Booking(orders=3, seats=3, clients=2), repeated_charges=1)
DECLINED = small(
    gateway_402.PLAN, Booking(orders=4, seats=2, clients=1, declined=2, declined_first=True), compensations=("void",)
)
STUCK = DECLINED.model_copy(update={"deadline_s": 5})
UNPAID = small(gateway_timeout.PLAN, Booking(orders=4, seats=4, clients=4, hold_ms=2_500), compensations=("void",))
LATE = small(late_capture.PLAN, Booking(orders=9, seats=2, clients=3, hold_ms=500, think_ms=200))
MAIL = small(mail_unanswered.PLAN, Booking(orders=6, seats=6, clients=1))
# Of what never asks for a seat only these can say anything.
CALLS = ("all_orders_end", "invocations_end", "answers_match_journal", "faults_landed", "not_vacuous")
CALLS += ("calls_match_journals", "evidence_fits", "replays_fit")
MAILED = ("no_secret_leaks", "effects_once", "exclusive_per_key", "mails_have_reasons", "shared_never_writes")
ROUNDS = small(
    sold_out_rounds.PLAN,
    Booking(orders=3, seats=2, clients=2, auto_reset=True),
    without=("under_way", "crash"),
    rounds=2,
)
SESSIONS = small(session_checkout.PLAN, Shopping(users=1, seats_each=2))
SIGNUPS = small(signup.PLAN, Signups(users=3, answering=3), checks=("signups_prove", *MAILED, *CALLS))
HINTED = small(
    webhook_duplicate.PLAN,
    Booking(orders=3, seats=3, clients=6, payment="webhook", placed_twice=True),
    hints=6,
    asked=3,
)
OWED = small(
    refund_fails.PLAN,
    OutlivedHolds(seats=1),
    reached=1,
    without=("refunds_broken",),
    needs_a_person=Bounds.exactly(1),
)
INBOX = small(mark_read.PLAN, MarkingRead(users=1))
ROLES = small(role_update.PLAN, RoleUpdates(users=3, clients=2), checks=("steps_retried_alone", *CALLS))
RETURNED = small(hold_given_back.PLAN, ReturnedHolds(seats=1, hold_ms=1_000), reached=1)
RESET = small(round_ends_in_flight.PLAN, RoundEnd(seats=2), reached=2, compensations=("refund",), rounds=1)
CANCELLED = small(cancel_race.PLAN, Cancelling(orders=4, clients=2, payment="webhook"))
LOOKS = small(baseline.PLAN, Reading(orders=3, clients=2))

FIXTURES = (
    *(Fixture(plan) for plan in (KILLED, DECLINED, UNPAID, LATE, MAIL)),
    *(
        Fixture(plan)
        for plan in (ROUNDS, SESSIONS, SIGNUPS, HINTED, OWED, INBOX, ROLES, RETURNED, RESET, CANCELLED, LOOKS)
    ),
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
