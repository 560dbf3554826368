"""exactly_once_charge: every class of the reconciliation, and every way out of a clear answer."""

from __future__ import annotations

import pytest

from chaos.evidence.journal import Failure
from chaos.evidence.record import Source
from chaos.plan.expect import Expect
from chaos.verdict import CheckResult, Outcome
from tests.checkers.conftest import Ask
from tests.checkers.world import World
from tests.checkers.worlds import free, settled_after_charging

NAME = "exactly_once_charge"


def classes(result: CheckResult) -> dict[str, str]:
    return {row["order_id"]: row["class"] for row in result.details["orders"]}


def only(result: CheckResult) -> str:
    """The message of the one finding there is."""
    assert len(result.findings) == 1, result.findings
    return result.findings[0].message


def test_orders_that_end_as_they_should_are_once_or_none(ask: Ask) -> None:
    world = World().book("o1", "A1", attempts=3).refuse("o2", "A1").decline("o3", "A2").time_out("o4", "A2")
    world.time_out("o5", "A2", captured=True).lose_seat("o6", "A2").book("o7", "A2", told="resolve").reserve("o8", "A3")
    result = ask(NAME, world)
    assert result.outcome is Outcome.VALID
    assert result.cases == 8
    assert classes(result) == {"o1": "once", "o7": "once"} | dict.fromkeys(("o2", "o3", "o4", "o5", "o6", "o8"), "none")


def test_the_table_shows_the_rows(ask: Ask) -> None:
    (row,) = ask(NAME, World().book("o1", attempts=2)).details["orders"]
    assert (row["history"], row["journal"], row["attempts"]) == (["ok"], "success", 2)
    assert row["captures"] == [4]


def test_two_captures_are_a_duplicate(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("o1")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert classes(result) == {"o1": "duplicate"}
    assert only(result) == "captured 2 times: ch_o1 (row 2), ch_more_3 (row 5)"
    assert result.findings[0].ledger_rows == (2, 5)


def test_a_duplicate_that_was_refunded_is_one_still(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("o1", charge_id="ch_2")
    world.attempt("gateway", "/v1/refunds", "refund:o1", "o1", 200, "refund", charge_id="ch_2", refund_id="re_1")
    assert classes(ask(NAME, world)) == {"o1": "duplicate"}


def test_a_duplicate_is_known_by_its_key_when_the_rows_name_no_order(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("o1", key="charge:o1")
    world.alter("gateway", lambda row: True, order_id=None)
    assert classes(ask(NAME, world)) == {"o1": "duplicate"}


@pytest.mark.parametrize("state", ["partial", "missing"])
def test_a_duplicate_stands_whatever_else_is_not_there(ask: Ask, state: str) -> None:
    world = World().book("o1")
    world.capture("o1")
    for source in ("history", "journal", "invocations"):
        world.sources[source] = Source(state=state)
    world.sources["gateway"] = Source(state="partial")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_confirmed_without_a_capture_is_lost(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("gateway", lambda row: row.effect == "capture")
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert classes(result) == {"o1": "lost"}
    assert only(result) == "confirmed, but never captured"


def test_lost_cannot_be_told_from_a_partial_ledger(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("gateway", lambda row: row.effect == "capture")
    world.sources["gateway"] = Source(state="partial", reason="reading broke off")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert classes(result) == {"o1": "unknown"}
    assert only(result) == "the gateway evidence is partial: reading broke off"


def test_confirmed_and_refunded_is_lost(ask: Ask) -> None:
    world = World().book("o1")
    world.attempt("gateway", "/v1/refunds", "refund:o1", "o1", 200, "refund", charge_id="ch_o1", refund_id="re_1")
    result = ask(NAME, world)
    assert (result.outcome, classes(result)) == (Outcome.INVALID, {"o1": "lost"})
    assert only(result) == "confirmed, but its only capture ch_o1 (row 2) was refunded"


def test_a_charge_that_was_never_refunded_is_an_orphan(ask: Ask) -> None:
    world = World().lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    result = ask(NAME, world)
    assert (result.outcome, classes(result)) == (Outcome.INVALID, {"o1": "orphan"})
    assert only(result) == "refunded, but ch_o1 (row 2) was never refunded"


def test_an_orphan_cannot_be_told_while_its_order_moves(ask: Ask) -> None:
    world = World().lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    world.alter("invocations", lambda row: row.handler == "release", status="suspended")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert "not at rest: Ticket/p-1-event:A1/release suspended" in only(result)


def test_an_order_that_ended_while_the_evidence_was_read_may_be_torn(ask: Ask) -> None:
    world = World(converged_at_ms=None, load_ended_at_ms=1_000_001).lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_an_apps_private_service_may_still_refund(ask: Ask) -> None:
    world = World().lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    private = {"id": "inv_x", "service": "Refunds", "key": "1", "status": "running", "invoked_by_id": None}
    world.rows["invocations"].append(world.invocation("o1").model_copy(update=private))
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def given_up(world: World) -> None:
    """The refund's run block ended in a failure."""
    world.drop("gateway", lambda row: row.effect == "refund")
    failure = Failure(code=500, message="gave up")
    world.replace(world.entry("o1", "notification", "refund"), value=None, failure=failure)


@pytest.mark.parametrize("status", [503, 404])
def test_a_refund_that_a_rule_refused_and_was_given_up_needs_a_person(ask: Ask, status: int) -> None:
    world = World().lose_seat("o1")
    given_up(world)
    world.alter("gateway", lambda row: row.path == "/v1/refunds", status=status, rule_id="r1")
    result = ask(NAME, world)
    assert result.outcome is Outcome.UNKNOWN
    assert only(result) == "needs a person: refund was given up, ch_o1 (row 2) stands"


def test_a_refund_that_status_calls_failed_needs_a_person(ask: Ask) -> None:
    world = World().lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    world.views["Checkout/o1/status"] = {"compensations": [{"name": "refund", "outcome": "failed", "detail": ""}]}
    assert only(ask(NAME, world)).startswith("needs a person")


def test_a_refund_that_status_calls_done_but_the_ledger_does_not_show_is_an_orphan(ask: Ask) -> None:
    world = World().lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    world.views["Checkout/o1/status"] = {"compensations": [{"name": "refund", "outcome": "done", "detail": ""}]}
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_refund_that_the_gateway_itself_called_wrong_is_no_excuse(ask: Ask) -> None:
    world = World().lose_seat("o1")
    given_up(world)
    world.alter("gateway", lambda row: (row.path, row.kind) == ("/v1/refunds", "answer"), status=404)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID


def test_a_capture_nobody_asked_for_is_an_orphan(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("stranger")
    result = ask(NAME, world)
    assert (result.outcome, classes(result)["stranger"]) == (Outcome.INVALID, "orphan")
    assert "nobody asked" in only(result)


def test_who_asked_may_not_have_been_read_yet_in_a_run_that_did_not_converge(ask: Ask) -> None:
    world = World(converged_at_ms=None).book("o1").stick("o1")
    world.capture("stranger")
    assert ask(NAME, world).outcome is Outcome.UNKNOWN


def test_a_capture_for_an_order_that_only_reserved_is_an_orphan(ask: Ask) -> None:
    world = World().reserve("o1")
    world.capture("o1")
    assert classes(ask(NAME, world)) == {"o1": "orphan"}


def test_a_capture_without_any_order_is_an_orphan(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("x")
    world.alter("gateway", lambda row: row.case == "x", case=None, key="whatever")
    assert classes(ask(NAME, world))["(none)"] == "orphan"


def test_captures_without_any_order_are_not_one_orders_duplicate(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("x")
    world.capture("y")
    world.alter("gateway", lambda row: row.case in ("x", "y"), case=None, key="whatever")
    assert classes(ask(NAME, world))["(none)"] == "orphan"


def test_an_event_whose_price_nobody_knows_has_no_wrong_one(ask: Ask) -> None:
    world = World().book("o1")
    world.price = None
    assert ask(NAME, world).outcome is Outcome.VALID


def test_whether_somebody_asked_cannot_be_told_without_history(ask: Ask) -> None:
    world = World().book("o1")
    world.capture("stranger")
    world.sources["history"] = Source(state="partial", reason="cut")
    result = ask(NAME, world)
    assert (result.outcome, classes(result)["stranger"]) == (Outcome.UNKNOWN, "unknown")
    assert only(result) == "the history evidence is partial: cut"


@pytest.mark.parametrize("source", ["invocations", "journal", "gateway"])
def test_an_orphan_cannot_be_told_without_all_that_could_explain_it(ask: Ask, source: str) -> None:
    world = World().lose_seat("o1")
    world.drop("gateway", lambda row: row.effect == "refund")
    world.sources[source] = Source(state="partial", reason="cut")
    result = ask(NAME, world)
    assert (result.outcome, classes(result)) == (Outcome.UNKNOWN, {"o1": "unknown"})
    assert only(result) == f"the {source} evidence is partial: cut"


def test_an_order_that_a_service_placed_was_asked_for(ask: Ask) -> None:
    world = World().book("o1")
    world.drop("history", lambda event: True)
    assert ask(NAME, world).outcome is Outcome.VALID


def test_a_capture_of_an_order_that_restate_did_not_know_is_unknown(ask: Ask) -> None:
    world = World().book("o1").book("o2", "A2", told="resolve")
    world.drop("invocations", lambda row: row.key == "o2")
    world.drop("journal", lambda entry: entry.invocation_id not in {row.id for row in world.rows["invocations"]})
    world.alter("history", lambda event: event.type == "resolve", conclusion="fail", code="never_ran", output=None)
    result = ask(NAME, world)
    assert (result.outcome, classes(result)["o2"]) == (Outcome.UNKNOWN, "unknown")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"amount_cents": 1}, "captured 1 EUR (row 2), the event's price is 4200 EUR"),
        ({"currency": "USD"}, "captured 4200 USD (row 2), the event's price is 4200 EUR"),
        ({"charge_id": "ch_x"}, "answered charge_id 'ch_o1', captured 'ch_x' (row 2)"),
    ],
)
def test_what_was_captured_is_what_was_ordered_and_answered(ask: Ask, change: dict, says: str) -> None:
    world = World().book("o1")
    world.alter("gateway", lambda row: row.effect == "capture", **change)
    result = ask(NAME, world)
    assert result.outcome is Outcome.INVALID
    assert says in [finding.message for finding in result.findings]


def test_a_wrong_amount_answered_is_found(ask: Ask) -> None:
    world = World().book("o1")
    answer = next(event.output for event in world.rows["history"] if event.type == "ok")
    world.alter("history", lambda event: event.type == "ok", output=answer | {"amount_cents": 1})
    assert only(ask(NAME, world)) == "answered amount_cents 1, captured 4200 (row 2)"


@pytest.mark.parametrize("status", ["running", "suspended", "backing-off", "paused", "ready"])
def test_an_open_order_is_unknown(ask: Ask, status: str) -> None:
    world = World().time_out("o1", captured=True).stick("o1", status)
    result = ask(NAME, world)
    assert (result.outcome, result.cases, classes(result)) == (Outcome.UNKNOWN, 0, {"o1": "unknown"})
    assert only(result) == f"nobody knows how it ended: {status}"


def test_a_pending_charge_is_unknown(ask: Ask) -> None:
    world = World().time_out("o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 202, "pending", charge_id="ch_p")
    assert "ch_p (row 7) is still pending" in only(ask(NAME, world))


def test_a_forgotten_order_resubmitted_with_another_input_keeps_its_booking(ask: Ask) -> None:
    world = World().book("o1").resubmit("o1")
    assert classes(ask(NAME, world)) == {"o1": "once"}


def test_an_order_that_was_refused_as_settled_alone_is_unknown(ask: Ask) -> None:
    world = World().book("o1", told="resolve").resubmit("o1")
    world.drop("history", lambda event: event.type == "resolve")
    assert classes(ask(NAME, world)) == {"o1": "unknown"}


def test_nothing_ordered_is_no_case(ask: Ask) -> None:
    world = World(expect=Expect(min_ok=0))
    result = ask(NAME, world)
    assert (result.outcome, result.cases) == (Outcome.UNKNOWN, 0)


def test_a_settled_order_keeps_no_money_that_it_took_itself(ask: Ask) -> None:
    world = settled_after_charging(captured=True)
    assert classes(ask(NAME, world)) == {"o1": "none"}
    world.drop("gateway", lambda row: row.path == "/v1/voids")
    result = ask(NAME, world)
    assert (result.outcome, classes(result)) == (Outcome.INVALID, {"o1": "orphan"})


def test_a_free_order_has_no_charge(ask: Ask) -> None:
    result = ask(NAME, free())
    assert (result.outcome, result.findings) == (Outcome.VALID, ())
    assert classes(result) == {"o1": "free", "late": "none"}


def test_whatever_is_asked_of_the_gateway_for_a_free_order_is_invalid(ask: Ask) -> None:
    world = free()
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 422)
    result = ask(NAME, world)
    assert (result.outcome, result.findings[0].case) == (Outcome.INVALID, "o1")
    assert only(result) == "the event is free, and the gateway was asked 1 times"


def test_money_taken_for_a_free_order_is_invalid(ask: Ask) -> None:
    world = free()
    world.capture("o1")
    assert ask(NAME, world).outcome is Outcome.INVALID


def test_a_free_order_told_of_a_charge_is_invalid(ask: Ask) -> None:
    world = free()
    paid = {"order_id": "o1", "status": "CONFIRMED", "amount_cents": 5, "charge_id": "ch_1"}
    world.alter("history", lambda event: event.type == "ok" and event.target == "Checkout/o1/run", output=paid)
    assert only(ask(NAME, world)) == "answered amount_cents 5 and charge_id 'ch_1', of a free event"


def test_an_event_that_is_not_free_needs_its_charge(ask: Ask) -> None:
    world = free()
    assert world.price
    world.price["price_cents"] = 1
    assert classes(ask(NAME, world))["o1"] == "lost"
