"""Damage that the harness did, or that befell the record since: nobody may be accused of it, and nothing is proven."""

from __future__ import annotations

import copy
from typing import Any

from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind

HARNESS = Kind("harness")


def source_left_out(source: str, state: str) -> Any:
    """A source is missing or partial, and record.json says so."""

    def damage(draft: Draft) -> None:
        rows = draft[source]
        if not rows:
            raise NotHere
        draft.meta["sources"][source] |= {"state": state, "reason": "it could not be read"}
        draft[source] = [] if state == "missing" else rows[: len(rows) // 2]

    damage.__name__ = f"{source}_{state}"
    damage.__doc__ = f"The source {source} is {state}, and record.json says so."
    return damage


for _source in ("history", "invocations", "journal", "state", "gateway", "mailer"):
    for _state in ("missing", "partial"):
        HARNESS.absent(source_left_out(_source, _state))


def source_emptied(source: str) -> Any:
    def damage(draft: Draft) -> None:
        if not draft[source]:
            raise NotHere
        draft[source] = []

    damage.__name__ = f"{source}_empty_and_called_complete"
    damage.__doc__ = f"The source {source} has no row, and record.json calls it complete."
    return damage


for _source in ("history", "invocations", "journal", "state", "gateway", "mailer", "faults"):
    # An empty ledger is also what is left when nobody asked for anything: which of the two it is, nothing tells.
    (HARNESS.noticed if _source in ("gateway", "mailer") else HARNESS.absent)(source_emptied(_source))


def half_of(source: str) -> Any:
    def damage(draft: Draft) -> None:
        rows = draft[source]
        if len(rows) < 4:
            raise NotHere
        draft[source] = rows[: len(rows) // 2]

    damage.__name__ = f"{source}_cut_and_called_complete"
    damage.__doc__ = f"The second half of {source} is not there, and record.json calls it complete."
    return damage


for _source in ("history", "invocations", "journal", "gateway", "mailer", "faults"):
    (HARNESS.noticed if _source in ("gateway", "mailer") else HARNESS.absent)(half_of(_source))


def cut_short(source: str) -> Any:
    def damage(draft: Draft) -> None:
        rows = draft[source]
        if not rows:
            raise NotHere
        draft.says_rows[source] = len(rows)
        draft[source] = rows[:-1]

    damage.__name__ = f"{source}_cut_short"
    damage.__doc__ = f"The last row of {source} is not there; record.json tells of one more."
    return damage


for _source in ("history", "invocations", "journal", "state", "gateway", "mailer"):
    HARNESS.absent(cut_short(_source))


def page_twice(source: str) -> Any:
    def damage(draft: Draft) -> None:
        rows = draft[source]
        if len(rows) < 4:
            raise NotHere
        at = len(rows) // 2
        draft[source] = rows[:at] + copy.deepcopy(rows[at - 2 : at]) + rows[at:]

    damage.__name__ = f"{source}_page_read_twice"
    damage.__doc__ = f"Rows of {source} stand there twice, as when a page is read twice."
    return damage


for _source in ("history", "invocations", "journal", "state", "gateway", "mailer"):
    HARNESS.absent(page_twice(_source))


def rows_missing(ledger: str) -> Any:
    def damage(draft: Draft) -> None:
        rows = draft[ledger]
        if len(rows) < 4:
            raise NotHere
        draft[ledger] = others_than(rows, draft.pick(rows[1:-1]))

    damage.__name__ = f"{ledger}_row_missing"
    damage.__doc__ = f"A row in the middle of the {ledger}'s ledger is not there: its numbers have a gap."
    return damage


def others_than(rows: list[Row], gone: Row) -> list[Row]:
    return [row for row in rows if row is not gone]


for _ledger in ("gateway", "mailer"):
    HARNESS.absent(rows_missing(_ledger))


@HARNESS.absent
def ledger_rows_out_of_order(draft: Draft) -> None:
    """Row numbers of the gateway's ledger go back."""
    rows = draft["gateway"]
    if len(rows) < 4:
        raise NotHere
    rows[1]["row"], rows[2]["row"] = rows[2]["row"], rows[1]["row"]


@HARNESS.absent
def journals_not_kept(draft: Draft) -> None:
    """Restate kept no journal of some invocations that ended (a retention of 0): there is the row, and nothing else."""
    gone = draft.pick(
        row["id"] for row in draft.invocations("Ticket") if row["status"] == "completed" and row["handler"] != "get"
    )
    draft["journal"] = [row for row in draft["journal"] if row["invocation_id"] != gone]
    for row in draft["invocations"]:
        if row["id"] == gone:
            row["journal_size"] = 0


@HARNESS.absent
def no_journal_was_kept(draft: Draft) -> None:
    """Restate kept no journal of anything that ended (a retention of 0)."""
    done = {row["id"] for row in draft["invocations"] if row["status"] == "completed"}
    draft["journal"] = [row for row in draft["journal"] if row["invocation_id"] not in done]
    for row in draft["invocations"]:
        if row["id"] in done:
            row["journal_size"] = 0


@HARNESS.absent
def journal_entry_missing(draft: Draft) -> None:
    """An entry in the middle of a journal is not there: its indexes have a gap."""
    row = draft.pick(row for row in draft["journal"] if row["index"] and row["type"] != "Output")
    draft["journal"].remove(row)


@HARNESS.absent
def journal_entry_twice(draft: Draft) -> None:
    """Two entries of a journal have the same index."""
    row = draft.pick(row for row in draft["journal"] if row["index"])
    row["index"] -= 1


@HARNESS.absent
def invocation_twice(draft: Draft) -> None:
    """An invocation stands there twice under its id."""
    row = draft.pick(draft["invocations"])
    draft["invocations"].append(dict(row))


@HARNESS.absent
def journal_of_nobody(draft: Draft) -> None:
    """There is a journal of an invocation that is not there."""
    entries = draft.entries(draft.pick(draft["invocations"]))
    draft["journal"] += [{**row, "invocation_id": "inv_another"} for row in entries]


@HARNESS.absent
def final_reads_not_made(draft: Draft) -> None:
    """Nothing was read at the end, though the load asks for it."""
    if not draft.views:
        raise NotHere
    draft.meta["views"] = {}


@HARNESS.absent
def a_final_read_not_made(draft: Draft) -> None:
    """One of the reads at the end was not made, or not written down."""
    del draft.views[draft.pick(draft.views)]


@HARNESS.absent
def a_final_read_was_not_answered(draft: Draft) -> None:
    """One of the reads at the end was not answered."""
    draft.views[draft.pick(draft.views)] = None


@HARNESS.absent
def never_converged(draft: Draft) -> None:
    """The run did not come to rest."""
    draft.meta["converged_at_ms"] = None


@HARNESS.absent
def deadline_passed(draft: Draft) -> None:
    """The scenario's deadline passed."""
    draft.meta.update(deadline_passed=True, pending=["operation 1"])


@HARNESS.absent
def left_broken(draft: Draft) -> None:
    """Something was left broken when all was over."""
    draft.meta["left_broken"] = ["gateway"]


@HARNESS.absent
def fault_never_seen(draft: Draft) -> None:
    """A fault was injected, and no measurement shows its effect."""
    draft.drop("faults", lambda row: row["phase"] == "observed")


@HARNESS.absent
def fault_never_injected(draft: Draft) -> None:
    """A step of the plan has nothing in the fault log."""
    step = draft.pick(row["step"] for row in draft["faults"])
    draft.drop("faults", lambda row: row["step"] == step)


@HARNESS.absent
def fault_never_healed(draft: Draft) -> None:
    """A fault was never healed."""
    draft.drop("faults", lambda row: row["phase"] == "healed")


@HARNESS.absent
def state_row_missing(draft: Draft) -> None:
    """The state of a ticket that was written to is not there, though the source calls itself complete."""
    row = draft.pick(row for row in draft["state"] if row["service"] == "Ticket")
    draft["state"].remove(row)


@HARNESS.absent
def times_are_of_another_day(draft: Draft) -> None:
    """The history is of another day than the run."""
    for row in draft["history"]:
        row["at_ms"] += 86_400_000


@HARNESS.absent
def run_ended_before_it_began(draft: Draft) -> None:
    """record.json says that the run ended before it began."""
    draft.meta["ended_at_ms"] = draft.meta["started_at_ms"] - 1


@HARNESS.absent
def cut_line(draft: Draft) -> None:
    """The last line of a source is cut in the middle."""
    name = draft.pick(source for source in ("history", "journal", "gateway") if draft[source])
    draft.extra[f"{name}.jsonl"] = draft.good.files[f"{name}.jsonl"].decode()[:-20]


@HARNESS.absent
def unknown_field(draft: Draft) -> None:
    """A row has a field that no model knows."""
    draft.pick(draft["journal"])["another"] = 1


@HARNESS.absent
def version_of_tomorrow(draft: Draft) -> None:
    """record.json is of a version that this release does not know."""
    draft.meta["version"] = 999
