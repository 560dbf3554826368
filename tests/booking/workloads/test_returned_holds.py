"""returned_holds: a hold is given back before its time, and its seat is bought; the last one ends by itself."""

from random import Random

from booking.workloads import ReturnedHolds


def test_every_seat_is_reserved_given_back_and_bought_and_the_last_one_left() -> None:
    load = ReturnedHolds(seats=2, hold_ms=700).decide(Random(1), "s-1")
    handlers = [call.handler for call in load.operations]
    assert handlers == ["reserve", "release", "run", "reserve", "release", "run", "reserve", "run"]
    assert [call.number for call in load.operations] == list(range(8))
    assert [call.after for call in load.operations] == [None, 0, 1, None, 3, 4, 4, 6]
    for reserve, release, buy in (load.operations[:3], load.operations[3:6]):
        assert reserve.input["order_id"] == release.input["order_id"] != buy.key
        assert reserve.key == release.key == f"s-1-event:{buy.input['seat_id']}"
    left, buyer = load.operations[6:]
    assert (left.input["hold_ms"], buyer.awaits.target) == (700, f"Ticket/{left.key}/get")
    assert buyer.awaits.equals == {"status": "AVAILABLE"}
    assert load.clients == 8
