"""Loads of sessions, signups, roles and rounds: who does what after what."""

from random import Random

from booking.workloads import Booking, Idling, MarkingRead, RoleUpdates, RoundEnd, Shopping, Signups, Strangers


def test_every_user_shops_alone_and_step_by_step() -> None:
    load = Shopping(users=2, seats_each=2).decide(Random(1), "s-1")
    first, second, bystander = load.operations[:5], load.operations[5:10], load.operations[10]
    for calls in (first, second):
        assert [call.handler for call in calls] == ["add_to_cart", "add_to_cart", "checkout", "get", "get"]
        assert [call.after for call in calls] == [None, *(call.number for call in calls[:4])]
        assert [call.awaits and call.awaits.equals for call in calls] == [None] * 4 + [{"current_orders": []}]
    wanted = [call.input["seat_id"] for call in (*first[:2], *second[:2], bystander)]
    assert len(set(wanted)) == 5
    assert load.reads == ("UserSession/s-1-user-0/get", "UserSession/s-1-user-1/get")


def test_idle_sessions_must_be_forgotten() -> None:
    load = Idling(users=3).decide(Random(1), "s-1")
    assert load.forgotten == tuple(f"UserSession/s-1-user-{user}" for user in range(3))
    assert [call.number for call in load.operations] == list(range(7))


def test_those_who_come_back_began_before_one_who_does_not_and_are_looked_at_when_that_one_is_forgotten() -> None:
    load = Idling(users=1, returning=2, away_ms=700).decide(Random(1), "s-1")
    told = [(call.key, call.handler, call.after) for call in load.operations if call.service == "UserSession"]
    regulars = ["s-1-regular-0", "s-1-regular-1"]
    assert [call.number for call in load.operations] == list(range(9))
    assert told[:4] == [
        (regulars[0], "add_to_cart", None),
        (regulars[1], "add_to_cart", None),
        ("s-1-user-0", "add_to_cart", 1),
        ("s-1-user-0", "get", 2),
    ]
    assert told[4:] == [
        *((user_id, "add_to_cart", None) for user_id in regulars),
        *((user_id, "get", number) for user_id, number in zip(regulars, (5, 6), strict=True)),
    ]
    assert {call.awaits.target for call in load.operations if call.awaits} == {"UserSession/s-1-user-0/get"}
    assert load.arrivals_ms == (0,) * 5 + (700,) * 4
    assert load.forgotten == ("UserSession/s-1-user-0",)


def test_a_guess_comes_before_the_mailed_secret() -> None:
    run, guess, click, silent = Signups(users=2, answering=1).decide(Random(1), "s-1").operations
    assert guess.awaits
    assert "secret" in guess.input
    assert (click.after, click.secret_mailed_to, click.input) == (guess.number, run.input["email"], {})
    assert silent.handler == "run"


def test_a_late_secret_is_sent_when_the_signup_has_ended() -> None:
    run, click, silent = Signups(users=2, answering=0, late=1).decide(Random(1), "s-1").operations
    assert (click.target, click.after, click.secret_mailed_to) == ("Signup/s-1-user-0/click", 0, run.input["email"])
    assert [run.number, click.number, silent.number] == [0, 1, 2]


def test_a_role_update_has_no_key() -> None:
    (call,) = RoleUpdates(users=1).decide(Random(1), "s-1").operations
    assert call.target == "RoleUpdate/apply"
    assert call.input["user_id"].startswith("s-1-")


def test_the_round_is_ended_twice_while_its_seats_are_paid_for() -> None:
    operations = RoundEnd(seats=2).decide(Random(1), "s-1").operations
    handlers = ["run", "run", "status", "status", "reset", "reset", "run", "run"]
    assert [call.handler for call in operations] == handlers
    assert [call.number for call in operations] == list(range(8))
    assert [call.key for call in operations[2:4]] == [call.key for call in operations[:2]]
    assert all(call.awaits and call.awaits.equals == {"stage": "PAYING"} for call in operations[2:4])
    assert [call.after for call in operations[2:6]] == [None, 2, 3, 4]
    assert operations[4].input == operations[5].input == {"round": 1}
    assert all(call.awaits and call.awaits.equals["round"] == 2 for call in operations[6:])


def test_orders_of_an_event_that_starts_over_wait_for_their_seat() -> None:
    load = Booking(orders=4, seats=2, auto_reset=True).decide(Random(1), "s-1")
    assert load.opening[0].input["auto_reset"] is True
    awaited = [call.awaits.equals for call in load.operations if call.awaits]
    assert awaited == [{"status": "AVAILABLE", "round": round_} for round_ in (1, 1, 2, 2)]


def test_one_of_two_notifications_is_marked_twice_after_a_look_at_both() -> None:
    load = MarkingRead(users=2).decide(Random(1), "s-1")
    for calls in (load.operations[:5], load.operations[5:]):
        assert [call.handler for call in calls] == ["run", "run", "get", "mark_read", "mark_read"]
        assert [call.after for call in calls] == [None, *(call.number for call in calls[:4])]
        assert calls[2].awaits.equals == {"unread": 2}
        assert calls[3].input == calls[4].input
        assert calls[3].input["notification_id"] in {call.key for call in calls[:2]}
    assert [call.number for call in load.operations] == list(range(10))
    assert load.reads == ("Notifications/s-1-user-0/get", "Notifications/s-1-user-1/get")


def test_a_stranger_acts_while_a_seat_is_held_and_knows_no_order_but_their_own() -> None:
    load = Strangers(orders=2).decide(Random(1), "s-1")
    for calls in (load.operations[:9], load.operations[9:]):
        run, first, *tries, last = calls
        handlers = ["get", "get", "get", "release", "reserve", "confirm", "notify"]
        assert [call.handler for call in (first, *tries)] == handlers
        assert first.awaits
        assert (first.awaits.target, first.awaits.equals) == (first.target, {"status": "RESERVED"})
        assert [call.after for call in (*tries, last)] == [*(call.number for call in (first, *tries[:-1])), run.number]
        assert run.key not in "".join(call.model_dump_json() for call in calls if call is not run)
    assert [call.number for call in load.operations] == list(range(18))
