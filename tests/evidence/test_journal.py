"""Journal: rows as a real restate-server 1.7.12 gave them, decoded."""

import json
from typing import Any

import httpx

from chaos.evidence.journal import JournalReader, decode_payload, entry_from_row, sql_text, state_from_row

AT = "2026-11-21T09:31:23.272Z"


def row(index: int, type_: str, body: dict, name: str = "") -> dict:
    return {
        "id": "inv_1",
        "index": index,
        "entry_type": type_,
        "name": name,
        "appended_at": AT,
        "entry_json": json.dumps(body),
    }


def payload(value: object) -> list[int]:
    return list(json.dumps(value).encode())


CALL = {
    "request": {
        "invocation_id": "inv_2",
        "invocation_target": {"VirtualObject": {"name": "Ticket", "key": "e:A1", "handler": "reserve", "scope": None}},
        "parameter": payload({"order_id": "o"}),
    },
    "invocation_id_completion_id": 1,
    "result_completion_id": 2,
    "name": "",
}


def test_a_call_names_its_callee_and_carries_its_parameter() -> None:
    entry = entry_from_row(row(2, "Command: Call", {"Command": {"Call": CALL}}))
    assert (entry.kind, entry.type, entry.target, entry.invoked_id) == (
        "command",
        "Call",
        "Ticket/e:A1/reserve",
        "inv_2",
    )
    assert entry.value == {"order_id": "o"}
    assert entry.completion_id == 2


def test_a_call_carries_the_headers_it_was_given() -> None:
    headers = [{"name": "x-pay", "value": "tok"}]
    with_headers = {"Command": {"OneWayCall": CALL | {"request": CALL["request"] | {"headers": headers}}}}
    assert entry_from_row(row(2, "Command: OneWayCall", with_headers)).headers == headers
    assert entry_from_row(row(2, "Command: Call", {"Command": {"Call": CALL}})).headers is None


def test_a_signal_carries_its_value_and_completes_nothing() -> None:
    """An awakeable that was resolved, perhaps from outside."""
    body = {"Notification": {"Signal": {"id": {"Index": 17}, "result": {"Success": payload({"paid": True})}}}}
    entry = entry_from_row(row(3, "Notification: Signal", body))
    assert (entry.kind, entry.type, entry.value, entry.completion_id) == (
        "notification",
        "Signal",
        {"paid": True},
        None,
    )


def test_a_signal_that_is_sent_names_who_gets_it() -> None:
    body = {"Command": {"SendSignal": {"target_invocation_id": "inv_2", "signal_id": {"Index": 1}, "result": "Void"}}}
    assert entry_from_row(row(11, "Command: SendSignal", body)).invoked_id == "inv_2"


def test_a_run_and_its_result_share_a_completion() -> None:
    run = entry_from_row(row(5, "Command: Run", {"Command": {"Run": {"completion_id": 3, "name": "charge"}}}, "charge"))
    done = {"Notification": {"Completion": {"Run": {"completion_id": 3, "result": {"Success": payload({"id": "c1"})}}}}}
    result = entry_from_row(row(6, "Notification: Run", done))
    assert run.name == "charge"
    assert run.completion_id == result.completion_id == 3
    assert result.value == {"id": "c1"}


def test_a_failed_run_keeps_code_and_message() -> None:
    failure = {"code": 402, "message": "declined: no"}
    done = {"Notification": {"Completion": {"Run": {"completion_id": 6, "result": {"Failure": failure}}}}}
    entry = entry_from_row(row(11, "Notification: Run", done))
    assert entry.failure is not None
    assert (entry.failure.code, entry.failure.message) == (402, "declined: no")


def test_a_state_write_carries_key_and_value() -> None:
    body = {"Command": {"SetState": {"key": "ticket", "value": payload({"status": "SOLD"}), "name": ""}}}
    entry = entry_from_row(row(2, "Command: SetState", body))
    assert (entry.state_key, entry.value) == ("ticket", {"status": "SOLD"})


def test_an_output_is_decoded() -> None:
    body = {"Command": {"Output": {"result": {"Success": payload({"ok": True})}, "name": ""}}}
    assert entry_from_row(row(9, "Command: Output", body)).value == {"ok": True}


def test_a_void_notification_has_no_value() -> None:
    body = {"Notification": {"Completion": {"PeekPromise": {"completion_id": 7, "result": "Void"}}}}
    entry = entry_from_row(row(13, "Notification: PeekPromise", body))
    assert (entry.value, entry.failure, entry.completion_id) == (None, None, 7)


def test_of_bytes_that_are_not_json_the_length_and_the_text_are_kept() -> None:
    assert decode_payload([0xFF, 0x00, 0x01]) == {"bytes": 3, "text": "\x01"}
    assert decode_payload(list("grün".encode())) == {
        "bytes": 5,
        "text": "grün",
    }
    assert decode_payload([]) is None


def test_state_rows_decode_utf8_and_raw_values() -> None:
    base = {"service_name": "Ticket", "service_key": "e:A1", "key": "ticket"}
    assert state_from_row({**base, "value_utf8": '{"v": "ü"}', "value": ""}).value == {"v": "ü"}
    assert state_from_row({**base, "value_utf8": None, "value": "ff00"}).value == {"bytes": 2, "text": ""}


def test_sql_text_cannot_be_left() -> None:
    assert sql_text("it's") == "'it''s'"


async def test_who_was_called_and_who_was_sent_a_signal() -> None:
    lite = {
        "Call": {"invocation_id": "inv_2", "result_completion_id": 2},
        "OneWayCall": {"invocation_id": "inv_3", "invoke_time": 0},
        "SendSignal": {"target_invocation_id": "inv_3", "signal_id": {"Index": 1}, "result": "Void"},
    }

    class Commands(JournalReader):
        async def query(self, sql: str) -> list[dict[str, Any]]:
            wanted = {type_: body for type_, body in lite.items() if f"'Command: {type_}'" in sql}
            return [{"entry_lite_json": json.dumps({"Command": {type_: body}})} for type_, body in wanted.items()]

    reader = Commands("http://127.0.0.1:9", httpx.AsyncClient())
    assert await reader.callees(["inv_1"]) == {"inv_2", "inv_3"}
    assert await reader.signalled(["inv_1"]) == {"inv_3"}
