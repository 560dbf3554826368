"""History: how events fold into operations, and what a client may conclude from an answer."""

import httpx
import pytest

from booking.contract import error_code
from chaos.evidence.history import HistoryEvent, operations
from chaos.run.clients import conclude

INVOKE = HistoryEvent(seq=1, at_ms=10, type="invoke", operation=0, process=3, target="Checkout/o/run", input={"a": 1})


def test_an_operation_without_an_end_may_have_happened() -> None:
    (operation,) = operations([INVOKE])
    assert (operation.first, operation.conclusion, operation.ended_at_ms) == ("info", "info", None)


def test_an_answer_that_never_came_is_resolved_by_what_attaching_said() -> None:
    lost = HistoryEvent(
        seq=2, at_ms=20, type="info", operation=0, process=3, target="Checkout/o/run", code="connection"
    )
    found = lost.model_copy(update={"seq": 3, "type": "resolve", "conclusion": "fail", "code": "declined"})
    (operation,) = operations([INVOKE, lost, found])
    assert (operation.first, operation.conclusion, operation.code) == ("info", "fail", "declined")


def test_a_key_may_hold_slashes_and_colons() -> None:
    (operation,) = operations([INVOKE.model_copy(update={"target": "Ticket/e/1:A1/reserve"})])
    assert (operation.service, operation.key, operation.handler) == ("Ticket", "e/1:A1", "reserve")


@pytest.mark.parametrize(
    ("status", "headers", "body", "type_", "code"),
    [
        (200, {}, {"status": "CONFIRMED"}, "ok", None),
        (
            409,
            {"x-restate-error-source": "invocation"},
            {"message": "seat_sold: Ticket already sold"},
            "fail",
            "seat_sold",
        ),
        (402, {}, {"message": "declined: no"}, "fail", "declined"),
        (400, {"x-restate-error-source": "ingress"}, {"message": "bad"}, "fail", "refused_by_ingress"),
        (400, {}, {"message": "bad"}, "info", "unclear"),
        (
            409,
            {"x-restate-error-source": "invocation"},
            {"message": "the workflow was already invoked"},
            "info",
            "unclear",
        ),
        (409, {"x-restate-error-source": "invocation"}, {"message": "killed"}, "info", "unclear"),
        (404, {}, {"message": "not found"}, "info", "unclear"),
        (503, {}, None, "info", "unclear"),
        (500, {}, {"message": "seat_sold without a colon"}, "info", "unclear"),
        (500, {}, {"message": "made_up: not a code of the contract"}, "info", "unclear"),
    ],
)
def test_only_what_the_contract_names_is_a_conclusion(status, headers, body, type_, code) -> None:
    told = conclude(httpx.Response(status, headers=headers, json=body), error_code)
    assert (told["type"], told.get("code")) == (type_, code)


def test_an_answer_that_is_not_json_proves_nothing() -> None:
    assert conclude(httpx.Response(502, text="<html>"), error_code)["type"] == "info"
