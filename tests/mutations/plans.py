"""Histories, decisions, plan.json and record.json that do not fit each other: the harness's own doing."""

from __future__ import annotations

import copy

from tests.mutations.draft import Draft, NotHere
from tests.mutations.operators import Kind

PLANS = Kind("plans")


@PLANS.absent
def two_operations_under_one_number(draft: Draft) -> None:
    """Two operations of clients have one number in the history."""
    numbers = sorted({row["operation"] for row in draft["history"] if row["operation"] >= 0})
    if len(numbers) < 2:
        raise NotHere
    for row in draft["history"]:
        if row["operation"] == numbers[1]:
            row["operation"] = numbers[0]


@PLANS.absent
def history_numbers_go_back(draft: Draft) -> None:
    """Two events of the history have one `seq`."""
    draft["history"][1]["seq"] = draft["history"][0]["seq"]


@PLANS.absent
def answered_before_it_was_sent(draft: Draft) -> None:
    """An operation's answer stands before its invocation in the history."""
    row = draft.pick(row for row in draft["history"] if row["type"] in ("ok", "fail"))
    sent = next(each for each in draft["history"] if each["operation"] == row["operation"] and each["type"] == "invoke")
    row["seq"], sent["seq"] = sent["seq"], row["seq"]
    draft["history"].sort(key=lambda each: int(each["seq"]))


@PLANS.absent
def answered_twice(draft: Draft) -> None:
    """An operation has two answers in the history, the same."""
    row = draft.pick(row for row in draft["history"] if row["type"] in ("ok", "fail"))
    draft["history"].append({**row, "seq": max(each["seq"] for each in draft["history"]) + 1})


@PLANS.absent
def sent_otherwise_than_planned(draft: Draft) -> None:
    """A client sent another input than the plan's decisions have."""
    row = draft.pick(
        row
        for row in draft["history"]
        if row["type"] == "invoke" and isinstance(row.get("input"), dict) and row["input"]
    )
    call = draft.pick(call for call in draft.decisions["load"]["operations"] if call["number"] == row["operation"])
    call["input"] = {**call["input"], "another": "1"}


@PLANS.absent
def sent_elsewhere_than_planned(draft: Draft) -> None:
    """A client called another key than the plan's decisions have."""
    call = draft.pick(draft.decisions["load"]["operations"])
    call["key"] = "another"


@PLANS.absent
def planned_and_never_sent(draft: Draft) -> None:
    """The plan's decisions have an operation that no client ever sent."""
    calls = draft.decisions["load"]["operations"]
    calls.append({**copy.deepcopy(calls[0]), "number": len(calls)})


@PLANS.absent
def sent_and_never_planned(draft: Draft) -> None:
    """The history has an operation that the plan's decisions do not."""
    draft.decisions["load"]["operations"].pop()


@PLANS.absent
def planned_price_is_another(draft: Draft) -> None:
    """The plan's decisions have another price than the event was opened with by Restate's journal."""
    for call in draft.pick([draft.decisions["load"]["opening"]] if draft.decisions["load"]["opening"] else []):
        call["input"]["price_cents"] += 1
    inputs = [row for row in draft["journal"] if row["type"] == "Input" and isinstance(row.get("value"), dict)]
    if not any("price_cents" in row["value"] for row in inputs):
        raise NotHere


@PLANS.absent
def plan_has_other_steps(draft: Draft) -> None:
    """plan.json has a fault that the decisions know nothing of."""
    draft.plan.setdefault("steps", []).append({"id": "another", "fault": {"fault": "kill", "target": "endpoint"}})


@PLANS.absent
def plan_expects_otherwise(draft: Draft) -> None:
    """plan.json expects more than record.json says that the plan expects."""
    draft.plan.setdefault("expect", {})["min_ok"] = 9_999


@PLANS.absent
def record_asks_for_one_checker_only(draft: Draft) -> None:
    """record.json names one checker, where plan.json names none or others."""
    draft.meta["expect"]["checks"] = ["not_vacuous"]


@PLANS.absent
def plan_of_another_name(draft: Draft) -> None:
    """plan.json has another name than record.json."""
    draft.plan["name"] = "another"


@PLANS.absent
def seed_is_another(draft: Draft) -> None:
    """decisions.json was made by another seed than record.json says."""
    draft.decisions["seed"] = 999


@PLANS.absent
def record_of_another_load(draft: Draft) -> None:
    """record.json names other orders than the decisions have."""
    if not draft.meta["cases"]:
        raise NotHere
    draft.meta["cases"] = [draft.uuid() for _ in draft.meta["cases"]]
