"""A booking system that keeps the contract, in memory: its methods are what becomes of orders, its rows the evidence.

Tests take a good world, break one thing in its rows, and write the record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from booking.contract import REFUSED_CODES
from booking.settings import BookingSettings
from chaos.evidence.faultlog import FaultEvent, Observation
from chaos.evidence.history import HistoryEvent
from chaos.evidence.journal import Failure, Invocation, JournalEntry
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import SOURCES, Meta, NodeSample, Record, Sample, Source, SourceName
from chaos.plan.expect import Expect
from chaos.session import DEFAULT_SYSTEM

PARTIES = ("gateway", "mailer")  # each has a ledger
PRIVATE = frozenset({"confirm", "expire", "reset", "notify"})  # no client invokes them
EVENT, PRICE, START_MS, STEP_MS = "p-1-event", 4200, 1_000_000, 10
STATUS = {"seat_sold": 409, "seat_reserved": 409, "declined": 402, "unpaid": 408, "refunded": 424, "not_held": 409}


UNDONE = {"refunded": "refund"}  # by how it failed, what was done with the payment; else it was voided


class Refused(Exception):
    """A terminal error on its way up the call tree."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.failure = Failure(code=STATUS[code], message=f"{code}: a sentence")


def split(target: str) -> tuple[str, str, str]:
    """Service, key and handler; the key is empty where there is none."""
    service, _, rest = target.partition("/")
    key, _, handler = rest.rpartition("/")
    return service, key, handler


class World:
    """`rows` are the record's, by source; `meta`, `views` and `sources` what record.json says."""

    def __init__(self, seats: int = 4, **meta: Any) -> None:
        self.rows: dict[str, list[Any]] = {name: [] for name in (*SOURCES, *PARTIES)}
        self.seats = [f"A{number + 1}" for number in range(seats)]
        self.tickets: dict[str, dict[str, Any]] = {}
        self.meta: dict[str, Any] = {"expect": Expect(), "settings": BookingSettings()} | meta
        self.views: dict[str, Any] = {}
        self.sources: dict[SourceName, Source] = {}
        self.steps: list[dict[str, Any]] = []
        self.orders: list[str] = []
        self.price: dict[str, Any] | None = {"seats": self.seats, "price_cents": PRICE, "currency": "EUR"}
        self.load: dict[str, Any] = {}  # what the plan decided besides what it opens
        self.own = 0  # how often the state of the one object whose form is its own affair was changed
        self.failed: dict[str, str] = {}  # order → code
        self.now = START_MS

    # --- what becomes of an order --------------------------------------------------------------------------------

    def book(self, order: str, seat: str = "A1", *, attempts: int = 1, told: str = "ok") -> World:
        """Confirmed. `attempts` of the charge arrive; the answer reaches the client (`ok`), or is lost (`resolve`)."""
        return self._checkout(order, seat, told, charge=lambda run: self._charge(order, attempts))

    def decline(self, order: str, seat: str = "A1") -> World:
        """402: voided, released."""

        def charge(_: Run) -> Any:
            self.attempt("gateway", "/v1/charges", f"charge:{order}", order, 402, "fail", charge_id=f"ch_{order}")
            raise Refused("declined")

        return self._checkout(order, seat, charge=charge)

    def time_out(self, order: str, seat: str = "A1", *, captured: bool = False) -> World:
        """408: nobody knows what became of the charge, so it is voided: refunded if `captured`, else barred."""

        def charge(_: Run) -> Any:
            effect = "capture" if captured else None
            self.attempt("gateway", "/v1/charges", f"charge:{order}", order, None, effect, charge_id=f"ch_{order}")
            raise Refused("unpaid")

        return self._checkout(order, seat, charge=charge)

    def lose_seat(self, order: str, seat: str = "A1") -> World:
        """424: captured, but the hold had ended; refunded."""

        def charge(_: Run) -> Any:
            answer = self._charge(order, 1)
            self.fire(seat)
            return answer

        return self._checkout(order, seat, charge=charge)

    def refuse(self, order: str, seat: str = "A1") -> World:
        """409: another order has the seat."""
        return self._checkout(order, seat, charge=lambda run: self._charge(order, 1))

    def reserve(self, order: str, seat: str = "A1") -> World:
        """A client reserves a seat and goes no further."""
        asked = {"order_id": order, "user_id": "u"}
        number = self.told("invoke", f"Ticket/{self.key(seat)}/reserve", input=asked)
        answer = self._invoke("Ticket", self.key(seat), "reserve", asked, lambda run: self._hold(run, order, seat, "u"))
        self.told("ok", f"Ticket/{self.key(seat)}/reserve", number, status=200, output=answer)
        return self

    def client(self, target: str, body: Any = None, output: Any = None, act: Callable[[Run], Any] | None = None) -> str:
        """A client calls an object and is answered: what `act` gives, else `output`. Gives the invocation's id."""
        service, key, handler = target.split("/")
        number = self.told("invoke", target, input=body)
        run = Run(self, service, key, handler, body, None)
        key_sent = f"{self.meta.get('scope', 'p-1')}-{number}"
        self.alter("invocations", lambda row: row.id == run.id, idempotency_key=key_sent, invoked_by="ingress")
        try:
            answer = run.act(act or (lambda _: output))
            self.told("ok", target, number, status=200, output=answer)
        except Refused as error:
            code = error.failure.message.partition(":")[0]
            self.told("fail", target, number, status=error.failure.code, code=code, message=error.failure.message)
        return run.id

    def _checkout(self, order: str, seat: str, told: str = "ok", *, charge: Callable[[Run], Any]) -> World:
        target, body = f"Checkout/{order}/run", {"user_id": f"user-{order}", "event_id": EVENT, "seat_id": seat}
        self.orders.append(order)
        number = self.told("invoke", target, input=body)
        end: dict[str, Any]
        try:
            answer = self._invoke("Checkout", order, "run", body, lambda run: self._saga(run, order, seat, charge))
            end = {"status": 200, "output": answer}
        except Refused as error:
            code = error.failure.message.partition(":")[0]
            self.failed[order] = code
            end = {"status": error.failure.code, "code": code, "message": error.failure.message}
        kind = "fail" if "code" in end else "ok"
        if told == "resolve":
            self.told("info", target, number, code="timeout")
            self.told("resolve", target, number, conclusion=kind, **end)
        else:
            self.told(kind, target, number, **end)
        return self

    def _saga(self, run: Run, order: str, seat: str, charge: Callable[[Run], Any]) -> Any:
        mine, user = {"order_id": order}, f"user-{order}"
        asked = mine | {"user_id": user, "hold_ms": BookingSettings().hold_ms}
        held = run.call("Ticket", self.key(seat), "reserve", lambda ticket: self._hold(ticket, order, seat), asked)
        undo = "void"
        try:
            charged = run.run("charge", charge)
            undo = "refund"
            asked = mine | {"round": held["round"]}
            run.call("Ticket", self.key(seat), "confirm", lambda ticket: self._sell(ticket, order, seat), asked)
        except Refused as error:
            run.run(undo, lambda _: self._undo(order, undo))
            run.call("Ticket", self.key(seat), "release", lambda ticket: self._free(ticket, seat, order), mine)
            raise (Refused("refunded") if undo == "refund" else error) from None
        note = mine | {"notification_id": order, "kind": "booking_confirmed", "to": user}
        run.send("Notifications", user, "notify", lambda notify: self._mail(notify, order), note)
        return {
            "order_id": order, "event_id": EVENT, "seat_id": seat, "round": held["round"], "amount_cents": PRICE,
            "status": "CONFIRMED", "charge_id": charged["charge_id"],
        }  # fmt: skip

    def stick(self, order: str, status: str = "running") -> World:
        """An order's checkout never ended: no answer, no output."""
        run = self.invocation(order)
        self.drop("history", lambda event: event.target == f"Checkout/{order}/run" and event.type != "invoke")
        self.drop("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Output"))
        ended = {"result": None, "failure": None, "completed_at_ms": None, "journal_size": None}
        self.alter("invocations", lambda row: row.id == run.id, status=status, **ended)
        return self

    def resubmit(self, order: str) -> World:
        """Restate forgot the order; asked again with another input, it is refused."""
        run, failure = self.invocation(order), Failure(code=409, message="order_settled: used before")
        number = self.told("invoke", f"Checkout/{order}/run", input={"user_id": "another"})
        self.told("fail", f"Checkout/{order}/run", number, status=409, code="order_settled")
        self.drop("journal", lambda entry: entry.invocation_id == run.id and entry.index > 0)
        self.rows["journal"].append(
            JournalEntry(invocation_id=run.id, index=1, kind="command", type="Output", failure=failure)
        )
        failed = {"result": "failure", "failure": f"[409] {failure.message}", "journal_size": 2}
        self.alter("invocations", lambda row: row.id == run.id, **failed)
        return self

    # --- tickets -------------------------------------------------------------------------------------------------

    def key(self, seat: str) -> str:
        return f"{EVENT}:{seat}"

    def ticket(self, seat: str) -> dict[str, Any]:
        return self.tickets.get(seat, {"status": "AVAILABLE", "order_id": None, "round": 1, "version": 0})

    def _hold(self, run: Run, order: str, seat: str, user: str | None = None) -> Any:
        now = self._read(run, seat)
        if now["status"] != "AVAILABLE":
            raise Refused("seat_sold" if now["status"] == "SOLD" else "seat_reserved")
        until_ms = self.now + 900_000
        user = user or f"user-{order}"
        self._write(run, seat, status="RESERVED", order_id=order, user_id=user, expires_at_ms=until_ms)
        run.send("Ticket", self.key(seat), "expire", None)
        return {"status": "RESERVED", "expires_at_ms": until_ms, "round": now["round"]}

    def _sell(self, run: Run, order: str, seat: str) -> Any:
        now = self._read(run, seat)
        if (now["status"], now["order_id"]) != ("RESERVED", order):
            raise Refused("not_held")
        self._write(run, seat, status="SOLD")
        return {"status": "SOLD"}

    def _free(self, run: Run, seat: str, order: str | None = None) -> Any:
        now = self._read(run, seat)
        if order in (None, now["order_id"]) and now["status"] == "RESERVED":
            self._write(run, seat, status="AVAILABLE", order_id=None)
        return {"status": self.ticket(seat)["status"]}

    def next_round(self, seat: str) -> None:
        """The seat is free in the next round."""
        later = {"status": "AVAILABLE", "order_id": None, "round": self.ticket(seat)["round"] + 1}
        body = {"round": later["round"]}

        def reset(run: Run) -> None:
            self._read(run, seat)
            self._write(run, seat, **later)

        self._invoke("Ticket", self.key(seat), "reset", body, reset)

    def fire(self, seat: str) -> None:
        """The timer of the seat's newest hold comes due."""
        timers = [row for row in self.rows["invocations"] if (row.key, row.handler) == (self.key(seat), "expire")]
        run = Run(self, "Ticket", self.key(seat), "expire", None, None)
        run.act(lambda run: self._free(run, seat))
        self.alter("invocations", lambda row: row.id == run.id, invoked_by_id=timers[-1].invoked_by_id)

    def _read(self, run: Run, seat: str) -> dict[str, Any]:
        run.read("ticket", self.tickets.get(seat))
        return self.ticket(seat)

    def _write(self, run: Run, seat: str, **change: Any) -> None:
        now = self.ticket(seat)
        self.tickets[seat] = now | change | {"version": now["version"] + 1}
        run.entry("command", "SetState", state_key="ticket", value=self.tickets[seat])
        after = self.tickets[seat]
        told = {"seat_id": seat} | {name: after[name] for name in ("status", "round", "version")}
        run.send("SeatMap", EVENT, "set", lambda _: None, told)

    # --- gateway and mailer --------------------------------------------------------------------------------------

    def attempt(
        self, ledger: str, path: str, key: str, order: str | None, status: int | None, effect: str | None = None,
        *, detail: str | None = None, rule_id: str | None = None, at_ms: int | None = None, **effects: Any,
    ) -> int:  # fmt: skip
        """One attempt: its arrival, its effect if it has one, and its answer (no status: dropped). Gives its row."""
        rows = self.rows[ledger]
        attempt = rows[-1].row + 1 if rows else 1
        about = {"attempt": attempt, "method": "POST", "path": path, "key": key, "case": order, "rule_id": rule_id}
        money = {"amount_cents": PRICE, "currency": "EUR"} if ledger == "gateway" else {}
        for kind, more in (
            ("arrival", {}),
            ("effect", {"effect": effect} | money | effects),
            ("answer" if status else "drop", {"status": status, "detail": detail}),
        ):
            if kind != "effect" or effect:
                when = at_ms or self.tick()
                rows.append(LedgerRow(row=rows[-1].row + 1 if rows else 1, at_ms=when, kind=kind, **about | more))  # type: ignore[arg-type]
        return attempt

    def capture(self, order: str, *, key: str | None = None, charge_id: str | None = None) -> None:
        """One more capture, whoever asked for it."""
        number = len(self.rows["gateway"])
        charge_id = charge_id or f"ch_more_{number}"
        self.attempt("gateway", "/v1/charges", key or f"other:{number}", order, 200, "capture", charge_id=charge_id)

    def _charge(self, order: str, attempts: int) -> Any:
        for _ in range(attempts - 1):
            self.attempt("gateway", "/v1/charges", f"charge:{order}", order, 503)
        self.attempt("gateway", "/v1/charges", f"charge:{order}", order, 200, "capture", charge_id=f"ch_{order}")
        return {"charge_id": f"ch_{order}", "status": "captured"}

    def _undo(self, order: str, name: str) -> Any:
        captured = any(row.effect == "capture" and row.case == order for row in self.rows["gateway"])
        effect, refund_id = ("refund", f"re_{order}") if captured else ("bar", None)
        path, key = ("/v1/refunds", f"refund:{order}") if name == "refund" else ("/v1/voids", f"charge:{order}")
        self.attempt("gateway", path, key, order, 200, effect, charge_id=f"ch_{order}", refund_id=refund_id)
        return {"outcome": "refunded" if captured else "barred"}

    def _mail(self, run: Run, order: str) -> Any:
        def send(_: Run) -> Any:
            about = {"message_id": f"m_{order}", "to": f"user-{order}"}
            self.attempt("mailer", "/v1/messages", f"notification:{order}", None, 202, "message", **about)

        return run.run("mail", send)

    # --- faults and samples --------------------------------------------------------------------------------------

    def fault(self, step: str = "crash", fault: str = "kill", target: str = "endpoint-0", **more: Any) -> World:
        """A fault that was on from the beginning until now, and seen."""
        seen = Observation(measure="state", source="process table", before="alive", during="gone")
        self.steps.append({"id": step, "fault": {"fault": fault}})
        for phase, at_ms, observation in (
            ("intended", START_MS, None),
            ("injected", START_MS + 1, None),
            ("observed", START_MS + 2, seen),
            ("healing", self.now, None),
            ("healed", self.now, None),
        ):
            about = {"step": step, "fault": fault, "target": target, "observation": observation}
            self.rows["faults"].append(FaultEvent(at_ms=at_ms, phase=phase, **about | more))  # type: ignore[arg-type]
        return self

    def sample(self, order: str) -> None:
        self.rows["samples"].append(
            Sample(
                at_ms=self.now, invocation_id=self.invocation(order).id, service="Checkout", key=order, handler="run",
                status="backing-off", retry_count=2,
            )
        )  # fmt: skip

    def says(self, by: str, node: str, state: str = "alive", leads: tuple[int, ...] = ()) -> None:
        """A node of Restate's says so of another, or of itself."""
        self.rows["nodes"].append(NodeSample(at_ms=self.tick(), by=by, node=node, state=state, leads=leads))  # type: ignore[arg-type]

    # --- rows ----------------------------------------------------------------------------------------------------

    def invocation(self, order: str, service: str = "Checkout", handler: str = "run") -> Invocation:
        """An order's checkout, or the first invocation of another service and key."""
        wanted = (service, order, handler)
        return next(each for each in self.rows["invocations"] if (each.service, each.key, each.handler) == wanted)

    def entry(self, order: str, kind: str, name: str) -> JournalEntry:
        """The command or notification of a checkout's run block (by name) or Ticket call (by handler)."""
        mine = [entry for entry in self.rows["journal"] if entry.invocation_id == self.invocation(order).id]
        command = next(entry for entry in mine if entry.name == name or (entry.target or "").endswith(f"/{name}"))
        return next(entry for entry in mine if (entry.kind, entry.completion_id) == (kind, command.completion_id))

    def replace(self, entry: JournalEntry, **change: Any) -> None:
        """Changes one journal entry."""
        self.alter("journal", lambda each: each is entry, **change)

    def alter(self, source: SourceName, matches: Callable[[Any], bool], **change: Any) -> None:
        """Changes the matching rows; there must be some."""
        rows = self.rows[source]
        assert any(matches(row) for row in rows), f"no such row in {source}"
        self.rows[source] = [row.model_copy(update=change) if matches(row) else row for row in rows]

    def drop(self, source: SourceName, matches: Callable[[Any], bool]) -> None:
        """Takes the matching rows away; there must be some."""
        assert any(matches(row) for row in self.rows[source]), f"no such row in {source}"
        self.rows[source] = [row for row in self.rows[source] if not matches(row)]

    def tick(self) -> int:
        self.now += STEP_MS
        return self.now

    def told(self, type_: str, target: str, number: int | None = None, **more: Any) -> int:
        number = len({event.operation for event in self.rows["history"]}) if number is None else number
        about: dict[str, Any] = {"type": type_, "operation": number, "process": 0, "target": target}
        event = HistoryEvent(seq=len(self.rows["history"]), at_ms=self.tick(), **about | more)
        self.rows["history"].append(event)
        return number

    def _invoke(self, service: str, key: str, handler: str, body: Any, act: Any, caller: Run | None = None) -> Any:
        return Run(self, service, key, handler, body, caller).act(act)

    # --- the record ----------------------------------------------------------------------------------------------

    def write(self, folder: Path) -> Record:
        """The record of this world, read again from disk."""
        if not self.rows["state"]:
            self.settle()
        folder.mkdir(parents=True, exist_ok=True)
        self.rows["journal"].sort(key=lambda entry: (entry.invocation_id, entry.index))
        rows = {name: list(each) for name, each in self.rows.items()}
        sources = {name: Source(state="complete", rows=len(each)) for name, each in rows.items()} | {
            name: source.model_copy(update={"rows": len(rows[name])}) for name, source in self.sources.items()
        }
        for name, each in rows.items():
            lines = [row.model_dump_json(exclude_none=True) + "\n" for row in each]
            (folder / f"{name}.jsonl").write_text("".join(lines), "utf-8")
        meta = self._meta(sources)
        for name, document in self.documents(meta).items():
            (folder / name).write_text(json.dumps(document), "utf-8")
        (folder / "record.json").write_text(meta.model_dump_json(), "utf-8")
        return Record.open(folder)

    def documents(self, meta: Meta) -> dict[str, Any]:
        """plan.json and decisions.json, as they are when the harness made no mistake."""
        about = meta.model_dump(mode="json")
        opening = {"number": -1, "service": "Event", "key": EVENT, "handler": "open", "input": self.price}
        asked = [
            dict(zip(("service", "key", "handler"), split(event.target), strict=True))
            | {"number": event.operation, "input": event.input}
            for event in self.rows["history"]
            if event.type == "invoke" and event.operation >= 0
        ]
        load = {"opening": [opening] if self.price else [], "operations": asked, "clients": 1} | self.load
        plan = {"name": meta.plan, "seed": meta.seed, "story": meta.story, "expect": about["expect"]}
        return {
            "plan.json": plan | {"stack": {"settings": about["settings"]}, "steps": self.steps},
            "decisions.json": {
                "plan": meta.plan, "seed": meta.seed, "scope": meta.scope, "load": load, "steps": self.steps,
            },
        }  # fmt: skip

    def settle(self) -> None:
        """The end: state and the public map as the tickets are."""
        for seat, value in self.tickets.items():
            row = {"service": "Ticket", "object_key": self.key(seat), "key": "ticket", "value": value}
            self.rows["state"].append(SOURCES["state"].model_validate(row))
        shown = {seat: self.ticket(seat)["status"] for seat in self.seats}
        self.views.setdefault(f"SeatMap/{EVENT}/get", {"round": 1, "seats": shown})
        for order, code in self.failed.items():
            if code not in REFUSED_CODES:
                self.views.setdefault(f"Checkout/{order}/status", self._status(code))

    def _status(self, code: str) -> dict[str, Any]:
        """What a failed order says of itself: everything was undone."""
        undone = [{"name": name, "outcome": "done", "detail": ""} for name in (UNDONE.get(code, "void"), "release")]
        error = {"code": code, "message": "a sentence"}
        return {"stage": "FAILED", "charge_id": None, "error": error, "compensations": undone}

    def _meta(self, sources: Any) -> Meta:
        end = self.now
        values: dict[str, Any] = {
            "plan": "p", "seed": 1, "scope": "p-1", "app": "a:b", "backend": "process", "versions": {}, "replay": "r",
            "started_at_ms": START_MS, "load_ended_at_ms": end, "healed_at_ms": end, "converged_at_ms": end + 500,
            "ended_at_ms": end + 900, "system": DEFAULT_SYSTEM, "cases": tuple(self.orders),
            "views": self.views, "sources": sources,
        }  # fmt: skip
        return Meta(**values | self.meta)


class Run:
    """One invocation, writing its journal as it goes."""

    def __init__(self, world: World, service: str, key: str, handler: str, body: Any, caller: Run | None) -> None:
        self.world = world
        self.id = f"inv_{len(world.rows['invocations']):04d}"
        self.index = 0
        self.place = len(world.rows["invocations"])
        world.rows["invocations"].append(
            Invocation(
                id=self.id, service=service, key=key, handler=handler, status="running",
                invoked_by="service" if caller or handler in PRIVATE else "ingress",
                invoked_by_id=caller.id if caller else None, created_at_ms=world.tick(),
            )
        )  # fmt: skip
        self.entry("command", "Input", value=body)

    def entry(self, kind: str, type_: str, **more: Any) -> JournalEntry:
        entry = JournalEntry(
            invocation_id=self.id, index=self.index, kind=kind, type=type_, appended_at_ms=self.world.tick(), **more  # type: ignore[arg-type]
        )  # fmt: skip
        self.index += 1
        self.world.rows["journal"].append(entry)
        return entry

    def read(self, key: str, value: Any) -> None:
        """Finds a value of its object's state, at once."""
        now = self.world.now
        self.entry("command", "GetEagerState", state_key=key, value=value)
        self.world.now = now

    def act(self, act: Callable[[Run], Any]) -> Any:
        """Runs to its end: an output, or a terminal failure that goes on up."""
        try:
            answer = act(self)
        except Refused as error:
            self.entry("command", "Output", failure=error.failure)
            self._end(result="failure", failure=f"[{error.failure.code}] {error.failure.message}")
            raise
        self.entry("command", "Output", value=answer)
        self._end(result="success")
        return answer

    def run(self, name: str, act: Callable[[Run], Any]) -> Any:
        """A run block: its command, what it does, its result."""
        return self._complete("Run", lambda: act(self), name=name)

    def call(self, service: str, key: str, handler: str, act: Callable[[Run], Any], body: Any = None) -> Any:
        """A call that is waited for."""
        callee = Run(self.world, service, key, handler, body, self)
        about = {"target": f"{service}/{key}/{handler}", "invoked_id": callee.id, "value": body}
        return self._complete("Call", lambda: callee.act(act), **about)

    def send(self, service: str, key: str, handler: str, act: Callable[[Run], Any] | None, body: Any = None) -> None:
        """A one-way call; without `act` it is scheduled for later."""
        callee = Run(self.world, service, key, handler, body, self)
        self.entry("command", "OneWayCall", target=f"{service}/{key}/{handler}", invoked_id=callee.id, value=body)
        if act:
            callee.act(act)
        else:
            self.world.rows["invocations"][callee.place] = self.world.rows["invocations"][callee.place].model_copy(
                update={"status": "scheduled"}
            )

    def _complete(self, type_: str, act: Callable[[], Any], **about: Any) -> Any:
        completion = self.index
        self.entry("command", type_, completion_id=completion, **about)
        try:
            answer = act()
        except Refused as error:
            self.entry("notification", type_, completion_id=completion, failure=error.failure)
            raise
        self.entry("notification", type_, completion_id=completion, value=answer)
        return answer

    def _end(self, **result: Any) -> None:
        rows = self.world.rows["invocations"]
        ended = {"status": "completed", "completed_at_ms": self.world.tick(), "journal_size": self.index}
        rows[self.place] = rows[self.place].model_copy(update=ended | result)
