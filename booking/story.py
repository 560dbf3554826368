"""An order's story: what the client, Restate's journal, the gateway, the mailer and the fault log say of it, as one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from heapq import merge
from itertools import takewhile

from pydantic import JsonValue

from booking.books import books_of
from booking.ledgers import GatewayRow, MailerRow
from chaos.evidence.faultlog import FaultEvent
from chaos.evidence.history import HistoryEvent, Operation
from chaos.evidence.journal import Invocation, JournalEntry
from chaos.evidence.ledger import LedgerRow
from chaos.evidence.record import InvocationNode, Record, Sample
from chaos.system.cases import Line
from chaos.verdict import Finding

LINES = 90  # of one story; a longer one loses its middle
TEXT = 220  # characters of one line
ITEMS = 4  # a longer list is only counted
NOTIFICATION = "notification:"  # what the key of an order's mail begins with


MADE = ("charge_id", "refund_id", "message_id")


class Stories:
    """Tells the stories of a record's orders; indexes the record once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._evidence = books_of(record)

    @cached_property
    def _mails(self) -> dict[str, list[LedgerRow]]:
        """The mailer's rows by order: a notification's id is its order's."""
        found: dict[str, list[LedgerRow]] = {}
        keys: dict[int, str] = {}
        for row in self._record.ledger("mailer", MailerRow):
            key = keys.setdefault(row.attempt, row.key or "")
            found.setdefault(key.removeprefix(NOTIFICATION), []).append(row)
        return found

    @cached_property
    def _samples(self) -> dict[str, list[Sample]]:
        found: dict[str, list[Sample]] = {}
        for sample in self._record.samples:
            found.setdefault(sample.invocation_id, []).append(sample)
        return found

    @cached_property
    def _ledgers(self) -> list[tuple[str, dict[int, LedgerRow]]]:
        return [
            ("gateway", {row.row: row for row in self._record.ledger("gateway", GatewayRow)}),
            ("mailer", {row.row: row for row in self._record.ledger("mailer", MailerRow)}),
        ]

    def tell(self, order_id: str) -> tuple[tuple[Line, ...], int]:
        """The order's lines in order, and how many were left out of the middle."""
        order = self._evidence.orders.get(order_id)
        asked = order.operations if order else ()
        tree = self._record.tree("Checkout", order_id, "run")
        nodes = list(tree.walk()) if tree else []
        lanes: list[list[Line]] = [
            [line for operation in asked for line in _client_lines(operation)],
            *(list(_journal_lines(node)) for node in nodes),
            *(list(_sample_lines(self._samples.get(node.invocation.id, []))) for node in nodes),
            [_ledger_line("gateway", row) for row in self._evidence.paid(order_id).rows],
            [_ledger_line("mailer", row) for row in self._mails.get(order_id, [])],
        ]
        times = [line.at_ms for lane in lanes for line in lane]
        if not times:
            return (), 0
        lanes.append(_fault_lines(self._record.faults, min(times), max(times)))
        merged = merge(*(_never_backwards(lane) for lane in lanes), key=lambda line: line.at_ms)
        lines = [_shorten(line, order_id) for line in merged]
        if len(lines) <= LINES:
            return tuple(lines), 0
        head = LINES * 2 // 3
        return (*lines[:head], *lines[head - LINES :]), len(lines) - LINES

    def evidence(self, checker: str, finding: Finding) -> tuple[Line, ...]:
        """The rows a finding points at. Mail checkers point into the mailer's ledger, all others into the gateway's."""
        source, rows = self._ledgers["notification" in checker]
        lines = [_ledger_line(source, rows[number]) for number in finding.ledger_rows[:20] if number in rows]
        if finding.invocation_id:
            lines += self._journal_evidence(finding.invocation_id, finding.journal_index)
        return tuple(lines)

    def _journal_evidence(self, invocation_id: str, index: int | None) -> list[Line]:
        invocation = self._evidence.invocations.get(invocation_id)
        if invocation is None:
            return []
        entries = tuple(self._record.entries(invocation_id))
        lines = list(_journal_lines(InvocationNode(invocation, entries, ())))
        at = f"{_handler(invocation)} #{index}"
        return [line for line in lines if line.place == at] if index is not None else lines[-1:]


def _never_backwards(lane: Sequence[Line]) -> Iterator[Line]:
    """The lane with times that never fall: within a source its own order is the truth, not its clock."""
    latest = 0
    for line in lane:
        latest = max(latest, line.at_ms)
        yield line if line.at_ms == latest else line.model_copy(update={"at_ms": latest})


# --- the client ----------------------------------------------------------------------------------------------------


def _client_lines(operation: Operation) -> Iterator[Line]:
    for event in operation.events:
        text, trouble = _client_text(event, operation)
        yield Line(
            at_ms=event.at_ms,
            source="client",
            place=f"operation {operation.number}",
            text=_cut(text),
            weight="trouble" if trouble else "effect" if event.type in ("ok", "fail") else "plain",
        )


def _client_text(event: HistoryEvent, operation: Operation) -> tuple[str, bool]:
    """The event in words, and whether it means trouble."""
    answer = f"{event.status or ''} {event.code or ''}".strip()
    if event.type == "invoke":
        return f"client {event.process} calls {operation.service}.{operation.handler} {_brief(event.input)}", False
    if event.type == "ok":
        return f"is answered {answer or 'ok'}: {_brief(event.output)}", False
    if event.type == "fail":
        return f"is refused {answer}: {event.message or ''}".rstrip(": "), False
    if event.type == "info":
        return f"gets no answer ({answer or 'unknown'}): it may or may not have happened", True
    learnt = _brief(event.output) if event.output is not None else event.message or ""
    return f"attaches and learns: {event.conclusion} {answer} {learnt}".rstrip(), event.conclusion == "info"


# --- Restate -------------------------------------------------------------------------------------------------------


def _journal_lines(node: InvocationNode) -> Iterator[Line]:
    invocation = node.invocation
    commands = {(entry.type, entry.completion_id): entry for entry in node.entries if entry.kind == "command"}
    at_ms = invocation.created_at_ms
    for entry in node.entries:
        at_ms = entry.appended_at_ms or at_ms
        text = _entry_text(entry, commands.get((entry.type, entry.completion_id)), invocation)
        changes_seat = entry.type == "SetState" and invocation.service == "Ticket"
        if text:
            yield Line(
                at_ms=at_ms,
                source="restate",
                place=f"{_handler(invocation)} #{entry.index}",
                text=_cut(text),
                weight="trouble" if entry.failure else "effect" if changes_seat else "plain",
            )
    if invocation.completed_at_ms is None:
        retried = f", {invocation.retry_count} retries" if invocation.retry_count else ""
        trouble = invocation.status in ("paused", "backing-off")
        text = f"is {invocation.status}{retried} at the end of the run: {invocation.last_failure or ''}".rstrip(": ")
        yield Line(
            at_ms=at_ms,
            source="restate",
            place=_handler(invocation),
            text=_cut(text),
            weight="trouble" if trouble else "plain",
        )


def _entry_text(entry: JournalEntry, command: JournalEntry | None, invocation: Invocation) -> str | None:
    """The journal entry in words; None for those that say nothing new: reads, call ids, a callee's answer (its caller
    has it)."""
    came = f"[{entry.failure.code}] {entry.failure.message}" if entry.failure else _brief(entry.value)
    if entry.kind == "notification":
        if command is None:
            return None
        return f"{command.name or command.target or entry.type.lower()} → {came}"
    if entry.type == "Output" and invocation.invoked_by_id and not entry.failure:
        return None
    words = {
        "Input": f"begins as {invocation.id}",
        "Run": f"runs {entry.name}",
        "Call": f"calls {entry.target}",
        "OneWayCall": f"sends {entry.target}",
        "SetState": f"writes {entry.state_key} = {came}",
        "ClearState": f"clears {entry.state_key}",
        "ClearAllState": "clears its state",
        "Sleep": "sleeps",
        "Output": f"ends: {came}",
    }
    return words.get(entry.type)


def _sample_lines(samples: Iterable[Sample]) -> Iterator[Line]:
    """Each back-off seen while it lasted, once per retry."""
    told = None
    for sample in samples:
        if sample.status == "backing-off" and sample.retry_count != told:
            told = sample.retry_count
            yield Line(
                at_ms=sample.at_ms,
                source="restate",
                place=f"{sample.service}.{sample.handler}",
                text=_cut(f"backs off after attempt {sample.retry_count}: {sample.last_failure or ''}".rstrip(": ")),
                weight="trouble",
            )


def _handler(invocation: Invocation) -> str:
    return f"{invocation.service}.{invocation.handler}"


# --- ledgers and faults --------------------------------------------------------------------------------------------


def _ledger_line(source: str, row: LedgerRow) -> Line:
    money = ""
    if isinstance(row, GatewayRow) and row.amount_cents is not None:
        money = f" {row.amount_cents / 100:.2f} {row.currency or ''}".rstrip()
    rule = f", rule {row.rule_id}" if row.rule_id else ""
    detail = f" {row.detail}" if row.detail else ""
    number = f", attempt {row.number} of its key" if row.number else ""
    made = " ".join(str(value) for name, value in row if value and name in MADE)
    text = {
        "arrival": f"{row.method} {row.path} arrives{number}: {row.key or ''}".rstrip(": "),
        "hold": f"held{detail}{rule}",
        "release": f"released{detail}",
        "effect": f"{(row.effect or 'effect').upper()} {made}{money}".rstrip(),
        "answer": f"answers {row.status}{detail}{rule}",
        "sent": f"has sent its answer{detail and f':{detail}'}",
        "drop": f"drops the connection:{detail}{rule}",
        "webhook": f"tells the merchant{detail}, answered {row.status or 'nothing'}",
    }[row.kind]
    trouble = row.kind in ("hold", "drop") or (row.status or 0) >= 500
    return Line(
        at_ms=row.at_ms,
        source=source,
        place=f"row {row.row}",
        text=_cut(text),
        weight="effect" if row.kind == "effect" else "trouble" if trouble else "plain",
    )


def _fault_lines(events: Iterable[FaultEvent], from_ms: int, to_ms: int) -> list[Line]:
    """Injections and heals of the faults that were on between the two times, in the order of the log."""
    until_end = list(takewhile(lambda event: event.at_ms <= to_ms, events))
    healed_before = {event.step for event in until_end if event.phase == "healed" and event.at_ms < from_ms}
    return [
        Line(
            at_ms=event.at_ms,
            source="fault",
            place=event.step,
            text=_cut(f"{event.fault} {event.target}: {event.phase} {event.detail or ''}".rstrip()),
            weight="trouble" if event.phase in ("injected", "failed") else "plain",
        )
        for event in until_end
        if event.phase in ("injected", "healed", "ready", "failed") and event.step not in healed_before
    ]


def _brief(value: JsonValue) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(f"{key} {_brief(each)}" for key, each in value.items() if each is not None)
    if isinstance(value, list) and len(value) > ITEMS:
        return f"[{len(value)} items]"
    return json.dumps(value, ensure_ascii=False)


def _shorten(line: Line, order_id: str) -> Line:
    """The line with the order's own long id cut: the story has it in its title."""
    short = order_id[:8] + "…" if len(order_id) > 12 else order_id
    return line.model_copy(update={"text": line.text.replace(order_id, short)})


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else text[: TEXT - 1] + "…"
