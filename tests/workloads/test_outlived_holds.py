"""outlived_holds: every seat is bought, and bought again by another who saw its hold begin and end."""

from random import Random

from chaos.workloads import OutlivedHolds


def test_every_seat_is_wanted_by_another_once_its_hold_was_seen_to_end() -> None:
    load = OutlivedHolds(seats=2, hold_ms=700).decide(Random(1), "s-1")
    assert [call.number for call in load.operations] == list(range(6))
    assert load.opening[0].input["hold_ms"] == 700
    assert load.clients == 6
    for early, look, late in (load.operations[:3], load.operations[3:]):
        assert (early.after, early.awaits) == (None, None)
        assert look.awaits
        assert look.awaits.equals == {"status": "RESERVED"}
        assert late.awaits
        assert (late.after, late.awaits.equals) == (look.number, {"status": "AVAILABLE"})
        assert early.input["seat_id"] == late.input["seat_id"]
        assert late.awaits.target == look.awaits.target == look.target
        assert early.key != late.key
