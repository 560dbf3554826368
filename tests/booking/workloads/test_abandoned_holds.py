"""abandoned_holds: every seat is reserved, and asked for again once it is free."""

from random import Random

from booking.workloads import AbandonedHolds


def test_every_seat_is_bought_by_another_after_its_hold() -> None:
    load = AbandonedHolds(seats=3).decide(Random(1), "s-1")
    bystander, reserves, buyers = load.operations[0], load.operations[1:4], load.operations[4:]
    assert [call.number for call in load.operations] == list(range(7))
    assert [call.handler for call in reserves] == ["reserve"] * 3
    assert all(call.awaits and call.awaits.target == f"Checkout/{bystander.key}/status" for call in reserves)
    for reserve, buyer in zip(reserves, buyers, strict=True):
        assert buyer.after == reserve.number
        assert buyer.awaits
        assert buyer.awaits.target == f"{reserve.service}/{reserve.key}/get"
        assert buyer.awaits.equals == {"status": "AVAILABLE"}
        assert buyer.key != reserve.input["order_id"]
    assert load.clients == 7
