"""Made-up records that look like real ones: a small booking system, its gateway and its faults, simulated by a seed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from booking.settings import BookingSettings
from chaos.evidence.faultlog import FaultEvent, Observation
from chaos.evidence.history import HistoryEvent
from chaos.evidence.journal import Failure, Invocation, JournalEntry
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import SOURCES, Meta, Record, Sample
from chaos.model import Frozen
from chaos.plan.expect import Expect
from chaos.reporting import RunSummary, ScenarioSummary, run_summary, summarize
from chaos.session import DEFAULT_SYSTEM
from chaos.verdict import CheckResult, Finding, Outcome, Verdict, worst

START_MS = 1_767_225_600_000


@dataclass(frozen=True)
class FakeFault:
    """A fault of a simulated run, in ms after its start. `seen` false: its effect never showed."""

    step: str
    fault: str
    target: str
    from_ms: int
    to_ms: int
    seen: bool = True
    slows_ms: int = 0  # adds to every operation while it is on; 0: they wait for its end

    def events(self) -> Iterator[FaultEvent]:
        looks = {
            "kill": ("pid and start time", "process table", "4711@812734 running", "gone" if self.seen else None),
            "latency": ("round trip through the link, ms", "probe", 1.4, 301.2 if self.seen else 1.6),
            "respond": (
                "attempts that were answered with that status and took no effect",
                "gateway ledger",
                0,
                7 if self.seen else 0,
            ),
        }
        measure, source, before, during = looks.get(
            self.fault, ("connections refused", "probe", 0, 4 if self.seen else 0)
        )
        bound: Any = 270.0 if self.fault == "latency" else 1
        observation = Observation(
            measure=measure,
            source=source,
            before=before,
            during=during,
            relation="differs" if self.fault == "kill" else "at_least",
            bound=None if self.fault == "kill" else bound,
        )
        line = {"step": self.step, "fault": self.fault, "target": self.target}
        yield FaultEvent(at_ms=START_MS + self.from_ms - 4, phase="intended", **line)
        yield FaultEvent(at_ms=START_MS + self.from_ms, phase="injected", **line)
        yield FaultEvent(at_ms=START_MS + self.from_ms + 40, phase="observed", observation=observation, **line)
        yield FaultEvent(at_ms=START_MS + self.to_ms - 12, phase="healing", **line)
        yield FaultEvent(at_ms=START_MS + self.to_ms, phase="healed", **line)
        if self.fault == "kill":
            yield FaultEvent(at_ms=START_MS + self.to_ms + 820, phase="ready", **line)


@dataclass
class Simulation:
    """Writes a record of `orders` checkouts for `seats` seats by `clients` clients, under `faults`."""

    name: str
    story: str = "Given 64 buyers, when the endpoint dies during a charge, then nobody pays twice."
    orders: int = 40
    seats: int = 40
    clients: int = 8
    faults: Sequence[FakeFault] = ()
    declined: int = 0
    charged_twice: int = 0  # orders that a planted bug captures twice
    converges: bool = True
    seed: int = 7
    rows: dict[str, list[Frozen]] = field(
        default_factory=lambda: {name: [] for name in (*SOURCES, "gateway", "mailer")}
    )
    order_ids: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> Record:
        random = Random(self.seed)
        free = [START_MS + random.randrange(30) for _ in range(self.clients)]
        for number in range(self.orders):
            client = free.index(min(free))
            free[client] = self._checkout(random, number, client, free[client])
        for fault in sorted(self.faults, key=lambda fault: fault.from_ms):
            self.rows["faults"] += fault.events()
        self.rows["faults"].sort(key=lambda event: event.at_ms)
        load_ended = max(free)
        healed = max([load_ended, *(START_MS + fault.to_ms for fault in self.faults)]) + 15
        return self._save(folder, load_ended, healed)

    def _checkout(self, random: Random, number: int, client: int, at: int) -> int:
        order_id = str(UUID(int=random.getrandbits(128), version=4))
        self.order_ids.append(order_id)
        seat, root = f"A{number % self.seats + 1}", f"inv_1{random.randrange(16**12):012x}"
        offset = at - START_MS
        on = [fault for fault in self.faults if fault.from_ms - 60 <= offset < fault.to_ms]
        wait = max([0, *(fault.slows_ms or fault.to_ms - offset + 150 for fault in on)])
        attempts = 2 if wait and number % 3 == 0 else 1
        end = at + wait + round(random.lognormvariate(4, 0.5))
        refused, declined = number >= self.seats, number < self.declined
        self._client(number, client, order_id, seat, at, end, refused, declined, lost=bool(wait) and number % 17 == 0)
        self._journal(root, order_id, seat, at, end, refused, declined)
        if not refused:
            captures = 2 if number < self.charged_twice else 1
            self._gateway(order_id, at + 9, end - 12, max(attempts, captures), declined, captures)
            if wait:
                self.rows["samples"].append(
                    Sample(
                        at_ms=at + 30, invocation_id=root, service="Checkout", key=order_id, handler="run",
                        status="backing-off", retry_count=2, last_failure="503 from the gateway",
                    )
                )  # fmt: skip
            if not declined:
                self._mail(order_id, end)
        return end + random.randrange(2, 9)

    def _client(
        self, number: int, client: int, order_id: str, seat: str, at: int, end: int,
        refused: bool, declined: bool, lost: bool,
    ) -> None:  # fmt: skip
        base = {"operation": number, "process": client, "target": f"Checkout/{order_id}/run"}

        def add(**more: Any) -> None:
            self.rows["history"].append(HistoryEvent(seq=len(self.rows["history"]), **base, **more))

        add(at_ms=at, type="invoke", input={"seat_id": seat, "payment_token": "hmac:51f0"})
        output = {"order_id": order_id, "seat_id": seat, "status": "CONFIRMED", "charge_id": f"ch_{number}"}
        ended: dict[str, Any] = {"at_ms": end, "type": "ok", "status": 200, "output": output}
        if refused or declined:
            code, status = ("seat_sold", 409) if refused else ("declined", 402)
            ended = {"at_ms": end, "type": "fail", "status": status, "code": code, "message": f"{code}: No."}
        if lost:
            add(at_ms=end - 5, type="info", code="connection", message="reset by peer", latency_ms=end - 5 - at)
            add(**{**ended, "at_ms": end + 40, "type": "resolve", "conclusion": ended["type"]})
        else:
            add(**ended, latency_ms=end - at)

    def _invocation(self, id_: str, service: str, key: str, handler: str, at: int, end: int, **more: Any) -> None:
        values = {
            "result": "success", "failure": None, "invoked_by": "service", "invoked_by_id": None,
            "scheduled_start_at_ms": None, "retry_count": None, "last_failure": None, "deployment_id": "dp_1",
            "journal_size": 9, "status": "completed", **more,
        }  # fmt: skip
        self.rows["invocations"].append(
            Invocation(
                id=id_, service=service, key=key, handler=handler, created_at_ms=at, completed_at_ms=end, **values
            )
        )

    def _journal(self, root: str, order_id: str, seat: str, at: int, end: int, refused: bool, declined: bool) -> None:
        ticket = f"Ticket/ev:{seat}"
        failure = Failure(code=409, message="seat_sold: Ticket already sold") if refused else None
        charge = Failure(code=402, message="declined: The card was declined") if declined else None
        entries: list[dict[str, Any]] = [
            {"kind": "command", "type": "Input", "value": {"seat_id": seat}},
            {"kind": "command", "type": "Call", "target": f"{ticket}/reserve", "completion_id": 1},
            {"kind": "notification", "type": "Call", "completion_id": 1, "failure": failure},
        ]
        if not refused:
            entries += [
                {"kind": "command", "type": "Run", "name": "charge", "completion_id": 2},
                {"kind": "notification", "type": "Run", "completion_id": 2, "failure": charge,
                 "value": None if charge else {"charge_id": "ch", "status": "captured"}},
                {"kind": "command", "type": "Call", "target": f"{ticket}/{'release' if declined else 'confirm'}",
                 "completion_id": 3},
                {"kind": "notification", "type": "Call", "completion_id": 3, "value": {"status": "SOLD"}},
                {"kind": "command", "type": "OneWayCall", "target": f"Notifications/u-{order_id[:8]}/notify"},
            ]  # fmt: skip
        entries.append({"kind": "command", "type": "Output", "failure": failure or charge, "value": {"status": "OK"}})
        self._invocation(
            root, "Checkout", order_id, "run", at + 2, end - 2, invoked_by="ingress",
            result="failure" if failure or charge else "success",
            failure=f"[{(failure or charge).code}] {(failure or charge).message}" if failure or charge else None,
        )  # fmt: skip
        self._entries(root, entries, at + 2, end - 2)
        child = f"{root}t"
        self._invocation(child, "Ticket", f"ev:{seat}", "reserve", at + 4, at + 8, invoked_by_id=root)
        state = {"status": "RESERVED", "order_id": order_id, "round": 1, "version": 1}
        self._entries(
            child,
            [
                {"kind": "command", "type": "Input"},
                *([] if refused else [{"kind": "command", "type": "SetState", "state_key": "ticket", "value": state}]),
                {"kind": "command", "type": "Output", "failure": failure, "value": {"status": "RESERVED"}},
            ],
            at + 4,
            at + 8,
        )

    def _entries(self, id_: str, entries: Sequence[dict[str, Any]], at: int, end: int) -> None:
        for index, entry in enumerate(entries):
            when = at + 2 * index if index <= 3 else end - 2 * (len(entries) - index)
            values = {"name": None, "invocation_id": id_, "index": index, "appended_at_ms": when, **entry}
            self.rows["journal"].append(JournalEntry(**values))

    def _gateway(self, order_id: str, at: int, end: int, attempts: int, declined: bool, captures: int) -> None:
        for number in range(1, attempts + 1):
            when = at + (end - at) * (number - 1) // attempts
            last = number == attempts
            arrival = self._ledger("gateway", when, "arrival", order_id, number=number)
            if not declined and (last or captures > 1):
                charge_id = f"ch_{arrival}"
                self._ledger(
                    "gateway", when + 2, "effect", order_id, arrival,
                    effect="capture", charge_id=charge_id, amount_cents=4950, currency="EUR",
                )  # fmt: skip
            status = 402 if declined else 200
            ended = {"kind": "answer", "status": status} if last else {"kind": "drop", "detail": "client went away"}
            self._ledger("gateway", when + 3, ended.pop("kind"), order_id, arrival, **ended)
        if declined:
            arrival = self._ledger("gateway", end, "arrival", None, path="/v1/voids", key=f"charge:{order_id}")
            self._ledger("gateway", end + 1, "effect", None, arrival, path="/v1/voids", effect="bar")
            self._ledger("gateway", end + 1, "answer", None, arrival, path="/v1/voids", status=200, detail="barred")

    def _mail(self, order_id: str, at: int) -> None:
        more = {"path": "/v1/messages", "key": f"notification:{order_id}"}
        arrival = self._ledger("mailer", at + 6, "arrival", None, number=1, **more)
        self._ledger("mailer", at + 7, "effect", None, arrival, effect="message", message_id=f"msg_{arrival}", **more)
        self._ledger("mailer", at + 7, "answer", None, arrival, status=202, **more)

    def _ledger(
        self, ledger: str, at: int, kind: str, order_id: str | None, attempt: int | None = None, **more: Any
    ) -> int:
        row = len(self.rows[ledger]) + 1
        values = {"path": "/v1/charges", "key": f"charge:{order_id}" if order_id else None, "method": "POST", **more}
        self.rows[ledger].append(
            LedgerRow(row=row, at_ms=at, kind=kind, attempt=attempt or row, case=order_id, **values)
        )
        return row

    def _save(self, folder: Path, load_ended: int, healed: int) -> Record:
        folder.mkdir(parents=True)
        for name, rows in self.rows.items():
            text = "".join(row.model_dump_json() + "\n" for row in rows)
            (folder / f"{name}.jsonl").write_text(text, "utf-8")
        (folder / "plan.json").write_text(json.dumps({"name": self.name}), "utf-8")
        (folder / "decisions.json").write_text("{}", "utf-8")
        meta = Meta(
            plan=self.name, seed=self.seed, scope=f"{self.name}-1", story=self.story, app="services.app:app",
            backend="process", versions={"restate-server": "1.7.12", "toxiproxy": "2.12.0"}, started_at_ms=START_MS,
            load_ended_at_ms=load_ended, healed_at_ms=healed, converged_at_ms=healed + 430 if self.converges else None,
            ended_at_ms=healed + (900 if self.converges else 8_000), settings=BookingSettings(), expect=Expect(),
            pending=() if self.converges else ("Checkout/1f0c/run: backing-off",), deadline_passed=not self.converges,
            system=DEFAULT_SYSTEM, cases=tuple(self.order_ids),
            sources={name: {"state": "complete", "rows": len(rows)} for name, rows in self.rows.items()},
            replay=f"pytest -m chaos 'scenarios/{self.name}.py::test_{self.name}' --chaos-seed {self.seed}",
        )  # fmt: skip
        (folder / "record.json").write_text(meta.model_dump_json(), "utf-8")
        return Record.open(folder)


def judged(simulation: Simulation) -> Verdict:
    """The verdict that checkers would give of a simulated run."""
    checks = [
        _exactly_once(simulation),
        CheckResult(
            checker="no_oversell",
            outcome=Outcome.VALID,
            cases=simulation.seats,
            summary=f"{simulation.seats} seats in 1 round, none sold twice",
        ),
        CheckResult(
            checker="saga_complete",
            outcome=Outcome.VALID,
            cases=simulation.orders,
            summary="every seat has its charge, every charge its seat or its money back",
        ),
        _all_end(simulation),
        _faults_landed(simulation),
    ]
    outcome = worst(check.outcome for check in checks)
    return Verdict(plan=simulation.name, seed=simulation.seed, outcome=outcome, checks=tuple(checks))


def _exactly_once(simulation: Simulation) -> CheckResult:
    captures: dict[str, list[LedgerRow]] = {}
    for row in simulation.rows["gateway"]:
        if row.effect == "capture":
            captures.setdefault(row.case, []).append(row)
    roots = {row.key: row.id for row in simulation.rows["invocations"] if row.service == "Checkout"}
    twice = {order: rows for order, rows in captures.items() if len(rows) > 1}
    counts = {"once": len(captures) - len(twice), "duplicate": len(twice), "lost": 0, "orphan": 0, "unknown": 0}
    return CheckResult(
        checker="exactly_once_charge",
        outcome=Outcome.INVALID if twice else Outcome.VALID,
        cases=len(captures),
        summary=f"{counts['once']} once, {len(twice)} duplicate" if twice else f"{len(captures)} orders charged once",
        findings=tuple(
            Finding(
                outcome=Outcome.INVALID,
                message=f"captured {len(rows)} times: {', '.join(f'{row.charge_id} (row {row.row})' for row in rows)}",
                case=order, ledger_rows=tuple(row.row for row in rows), invocation_id=roots[order],
                journal_index=4, at_ms=rows[-1].at_ms,
            )
            for order, rows in twice.items()
        ),
        details={
            "classes": counts,
            "orders": [
                {"order_id": order, "class": "duplicate" if order in twice else "once", "history": "ok",
                 "journal": "captured", "captures": len(rows), "rows": [row.row for row in rows]}
                for order, rows in captures.items()
            ],
        },
    )  # fmt: skip


def _all_end(simulation: Simulation) -> CheckResult:
    if simulation.converges:
        return CheckResult(
            checker="all_orders_end", outcome=Outcome.VALID, cases=simulation.orders,
            summary=f"all {simulation.orders} orders ended",
        )  # fmt: skip
    stuck = Finding(outcome=Outcome.UNKNOWN, message="1 order was still backing off when the deadline passed")
    return CheckResult(
        checker="all_orders_end", outcome=Outcome.UNKNOWN, cases=simulation.orders, findings=(stuck,),
        summary="1 order had not ended at the deadline",
    )  # fmt: skip


def _faults_landed(simulation: Simulation) -> CheckResult:
    unseen = [fault for fault in simulation.faults if not fault.seen]
    return CheckResult(
        checker="faults_landed",
        outcome=Outcome.UNKNOWN if unseen else Outcome.VALID,
        cases=len(simulation.faults),
        summary=f"{len(simulation.faults) - len(unseen)} of {len(simulation.faults)} faults seen to take effect",
        findings=tuple(
            Finding(
                outcome=Outcome.UNKNOWN, fault_id=fault.step,
                message=f"fault {fault.step} ({fault.fault} {fault.target}) was injected, and nothing shows an effect",
            )
            for fault in unseen
        ),
    )  # fmt: skip


def small_simulations() -> list[Simulation]:
    """One run of each kind: clean, faults, a planted bug, a fault that did nothing, one that never converged."""
    kill = FakeFault("die", "kill", "endpoint-0", 260, 900)
    return [
        Simulation("baseline", "Given 40 buyers and no fault, then every seat is sold once and paid once."),
        Simulation(
            "charge_window_kill",
            "Given an order that is being charged, when the gateway has captured and the endpoint dies before the "
            "answer, then the order is charged again under the same key and captured once.",
            faults=[kill], charged_twice=2, orders=34,
        ),
        Simulation(
            "gateway_402",
            "Given declined cards, when the gateway answers 402, then the seat is given back and sold to the next.",
            declined=4, orders=24,
        ),
        Simulation(
            "gateway_timeout",
            "Given a gateway that hangs, when the attempt times out, then a void settles the unknown outcome.",
            faults=[FakeFault("hang", "hang", "gateway", 100, 700, seen=False, slows_ms=300)], orders=24,
        ),
        Simulation("worker_restart", faults=[kill], converges=False),
    ]  # fmt: skip


def sellout(name: str = "sellout_under_fire") -> Simulation:
    """A big run: 1,000 orders for 200 seats under 10 faults."""
    kinds = (
        ("kill", "endpoint-1", 0), ("reset_peer", "link endpoint", 60), ("latency", "link gateway", 300),
        ("respond", "gateway", 120), ("link_down", "link mailer", 0),
    )  # fmt: skip
    faults = [
        FakeFault(f"{kind}_{number + 1}", kind, target, 400 + number * 700, 1200 + number * 850, slows_ms=slows)
        for number, (kind, target, slows) in enumerate(kinds * 2)
    ]
    story = "Given 1,000 orders for 200 seats, when endpoints die, links reset and the gateway answers 503 now and then, then 200 are sold once."  # noqa: E501
    return Simulation(name, story, orders=1_000, seats=200, clients=16, faults=faults)


def summed_up(simulation: Simulation, reports: Path) -> ScenarioSummary:
    """Simulates, judges and sums up."""
    record = simulation.write(reports / "records" / simulation.name)
    nodeid = f"scenarios/{simulation.name}.py::test_{simulation.name}"
    return summarize(record, judged(simulation), nodeid=nodeid, reports=reports)


def whole_run(scenarios: Sequence[ScenarioSummary], **more: Any) -> RunSummary:
    """The summary of a run of these scenarios."""
    return run_summary(
        scenarios,
        versions={"nexus-chaos": "0.1.0", "restate-server": "1.7.12", "toxiproxy": "2.12.0"},
        started_at_ms=START_MS,
        ended_at_ms=START_MS + 61_000,
        replay="pytest -m chaos --chaos-seed 7",
        **more,
    )
