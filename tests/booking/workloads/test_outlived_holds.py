"""outlived_holds: every seat is bought, and bought again by another once it is free while the first still pays."""

from random import Random

from booking.workloads import OutlivedHolds


def test_every_seat_is_wanted_by_another_once_it_is_free_though_it_is_still_paid_for() -> None:
    load = OutlivedHolds(seats=2, hold_ms=700, auto_reset=True).decide(Random(1), "s-1")
    assert [call.number for call in load.operations] == list(range(6))
    assert (load.opening[0].input["hold_ms"], load.opening[0].input["auto_reset"]) == (700, True)
    assert load.clients == 6
    early, looks, late = load.operations[:2], load.operations[2:4], load.operations[4:]
    assert [(call.after, call.awaits) for call in early] == [(None, None)] * 2
    assert [call.after for call in (*looks, *late)] == [None, 2, 3, 3]
    for first, look, then in zip(early, looks, late, strict=True):
        assert look.awaits
        assert look.awaits.equals == {"stage": "PAYING"}
        assert look.awaits.target == look.target == f"Checkout/{first.key}/status"
        assert then.awaits
        assert then.awaits.equals == {"status": "AVAILABLE"}
        assert then.awaits.target == f"Ticket/s-1-event:{first.input['seat_id']}/get"
        assert first.input["seat_id"] == then.input["seat_id"]
        assert first.key != then.key
