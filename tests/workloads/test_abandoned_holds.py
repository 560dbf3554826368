"""abandoned_holds: every seat is reserved, and asked for again once it is free."""

from random import Random

from chaos.workloads import AbandonedHolds


def test_every_seat_is_bought_by_another_after_its_hold() -> None:
    load = AbandonedHolds(seats=3).decide(Random(1), "s-1")
    reserves, (bystander, *buyers) = load.operations[:3], load.operations[3:]
    assert [call.handler for call in reserves] == ["reserve"] * 3
    assert bystander.after == 2
    for reserve, buyer in zip(reserves, buyers, strict=True):
        assert buyer.after == reserve.number
        assert buyer.awaits
        assert buyer.awaits.target == f"{reserve.service}/{reserve.key}/get"
        assert buyer.awaits.equals == {"status": "AVAILABLE"}
        assert buyer.key != reserve.input["order_id"]
    assert load.clients == 7
