"""Events and maps: rounds that end without a cause or not at all, views that lie, prices that change."""

from __future__ import annotations

import copy

from tests.mutations.calls import client, invoke, send
from tests.mutations.draft import Draft, NotHere, Row
from tests.mutations.operators import Kind
from tests.mutations.tickets import FREE, NEW, final, final_maps, final_reads, put, show, sold, step, tell, writes

EVENTS = Kind("events")


def event(draft: Draft) -> str:
    return str(draft.pick(draft.event_ids))


def terms(draft: Draft, event_id: str) -> Row:
    """The event's state at the end."""
    value: Row = draft.pick(
        row for row in draft["state"] if (row["service"], row["object_key"]) == ("Event", event_id)
    )["value"]
    return value


def next_round(draft: Draft, event_id: str, caller: Row | None, asked: int, *, left_out: tuple[str, ...] = ()) -> Row:
    """The event's round ends once more, at the end of all: event, tickets and map say so."""
    before = copy.deepcopy(terms(draft, event_id))
    after = {**before, "round": before["round"] + 1}
    about = {
        "input": {"round": asked},
        "output": {"round": after["round"]},
        "state": "event",
        "found": before,
        "left": after,
    }
    if caller is None:
        reset = client(draft, "Event", event_id, "reset", **about)
    else:
        reset = invoke(draft, "Event", event_id, "reset", by=caller, **about)
        send(draft, caller, f"Event/{event_id}/reset", {"round": asked}, reset)
    terms(draft, event_id).update(after)
    for shown in final_maps(draft, event_id):
        shown.update({"round": after["round"], "seats": dict.fromkeys(shown["seats"], "AVAILABLE")})
    for seat_id in (each for each in before["seats"] if each not in left_out):
        seat = f"{event_id}:{seat_id}"
        asked_to = {"round": after["round"]}
        freed = FREE | {"round": after["round"]}
        told = step(draft, seat, "reset", freed, input=asked_to, by=reset)
        send(draft, reset, f"Ticket/{seat}/reset", asked_to, told)
    return reset


@EVENTS.broken
def reset_by_nobody(draft: Draft) -> None:
    """A map that is not sold out ends the round of an event that does not start over by itself."""
    event_id = event(draft)
    if terms(draft, event_id)["auto_reset"]:
        raise NotHere
    caller = draft.pick(draft.invocations("SeatMap", "set", event_id))
    next_round(draft, event_id, caller, terms(draft, event_id)["round"])


@EVENTS.broken
def reset_before_sold_out(draft: Draft) -> None:
    """An event that starts over when it is sold out does so though a seat is free."""
    event_id = event(draft)
    seats = [final(draft, seat) or NEW for seat in draft.seats if seat.startswith(f"{event_id}:")]
    if not terms(draft, event_id)["auto_reset"] or all(seat["status"] == "SOLD" for seat in seats):
        raise NotHere
    next_round(
        draft, event_id, draft.pick(draft.invocations("SeatMap", "set", event_id)), terms(draft, event_id)["round"]
    )


@EVENTS.broken
def reset_of_another_round_ends_this(draft: Draft) -> None:
    """A client resets a round that is not the current one, and that ends the current one."""
    event_id = event(draft)
    next_round(draft, event_id, None, terms(draft, event_id)["round"] + 3)


@EVENTS.broken
def reset_leaves_a_seat_out(draft: Draft) -> None:
    """A client ends the round, and one ticket never hears of it."""
    event_id = event(draft)
    left_out = draft.pick(seat for _, seat in [sold(draft)])
    next_round(draft, event_id, None, terms(draft, event_id)["round"], left_out=(left_out.rpartition(":")[2],))


@EVENTS.broken
def reset_answers_and_does_nothing(draft: Draft) -> None:
    """A client ends the current round, is told so, and nothing happens."""
    event_id = event(draft)
    found = copy.deepcopy(terms(draft, event_id))
    asked, answer = {"round": found["round"]}, {"round": found["round"] + 1}
    client(draft, "Event", event_id, "reset", input=asked, output=answer, state="event", found=found)


@EVENTS.broken
def reset_skips_a_round(draft: Draft) -> None:
    """The event goes on by two rounds at once."""
    event_id = event(draft)
    rounds = [each for each in draft.dicts("journal", "state", "history", "views") if each.get("round", 0) > 1]
    if not rounds:
        raise NotHere
    for each in rounds:
        each["round"] += 1
    del event_id


@EVENTS.broken
def sold_out_and_never_reset(draft: Draft) -> None:
    """An event that is to start over when it is sold out, and is sold out, stays so."""
    event_id = event(draft)
    seats = [final(draft, seat) or NEW for seat in draft.seats if seat.startswith(f"{event_id}:")]
    if terms(draft, event_id)["auto_reset"] or any(seat["status"] != "SOLD" for seat in seats):
        raise NotHere
    for call in draft.decisions["load"]["opening"]:
        call["input"]["auto_reset"] = True
    opened = draft.pick(draft.invocations("Event", "open", event_id))
    draft.entry(opened, "Input")["value"]["auto_reset"] = True
    for each in draft.dicts("journal", "state", "history", "views"):
        if "auto_reset" in each:
            each["auto_reset"] = True


@EVENTS.broken
def map_shows_another_status(draft: Draft) -> None:
    """The map shows a sold seat as free at the end."""
    show(draft, sold(draft)[1], "AVAILABLE")


@EVENTS.broken
def map_shows_another_round(draft: Draft) -> None:
    """The map is of another round at the end."""
    for shown in draft.pick([final_maps(draft, event(draft))]):
        shown["round"] += 1


@EVENTS.broken
def map_lacks_a_seat(draft: Draft) -> None:
    """The map does not list one of the event's seats."""
    _, seat = sold(draft)
    for shown in final_maps(draft, seat.rpartition(":")[0]):
        del shown["seats"][seat.rpartition(":")[2]]


@EVENTS.broken
def map_lists_a_seat_too_many(draft: Draft) -> None:
    """The map lists a seat that the event does not have."""
    for shown in final_maps(draft, event(draft)):
        shown["seats"]["ZZ99"] = "AVAILABLE"


@EVENTS.broken
def map_is_unknown(draft: Draft) -> None:
    """The map says that there is no such event, though it was opened."""
    event_id = event(draft)
    draft.pick([draft.views.get(f"SeatMap/{event_id}/get")])
    draft.views[f"SeatMap/{event_id}/get"] = {
        "error": {"status": 404, "message": "unknown_event: no event of this id was opened"}
    }
    for read in final_reads(draft, "SeatMap", event_id):
        output = draft.entry(read, "Output")
        output.pop("value")
        output["failure"] = {"code": 404, "message": "unknown_event: no event of this id was opened"}
        read |= {"result": "failure", "failure": "[404] unknown_event: no event of this id was opened"}


@EVENTS.broken
def read_map_shows_what_no_ticket_said(draft: Draft) -> None:
    """A client reads the map after all, and it shows a status that no ticket ever had in that round."""
    event_id = event(draft)
    never = draft.pick(
        seat for seat in draft.seats if "SOLD" not in {row["value"]["status"] for row in writes(draft, seat)}
    )
    shown = copy.deepcopy(final_maps(draft, event_id)[0])
    shown["seats"][never.rpartition(":")[2]] = "SOLD"
    client(draft, "SeatMap", event_id, "get", output=shown)


@EVENTS.broken
def told_change_out_of_order_wins(draft: Draft) -> None:
    """An older change reaches the map last, and overwrites the newer: the map shows a sold seat as held."""
    _, seat = sold(draft)
    caller = draft.invocation(writes(draft, seat)[-2]["invocation_id"])
    tell(draft, seat, caller, writes(draft, seat)[-2]["value"])


@EVENTS.noticed
def price_of_the_event_changes(draft: Draft) -> None:
    """The event's state has another price at the end than it was opened with; nobody changed it."""
    terms(draft, event(draft))["price_cents"] += 1


@EVENTS.noticed
def currency_of_the_event_changes(draft: Draft) -> None:
    """The event's state has another currency at the end than it was opened with."""
    terms(draft, event(draft))["currency"] = "XXX"


@EVENTS.broken
def opened_with_another_price(draft: Draft) -> None:
    """The event is opened with one price, and has another from then on: read, charged and answered."""
    event_id = event(draft)
    opened = draft.pick(draft.invocations("Event", "open", event_id))
    old = draft.entry(opened, "Input")["value"]["price_cents"]
    inputs = {id(draft.entry(opened, "Input")["value"])}
    for each in draft.dicts("journal", "state", "history", "gateway", "views"):
        for name in ("price_cents", "amount_cents"):
            if each.get(name) == old and id(each) not in inputs:
                each[name] = old + 1


@EVENTS.broken
def opened_in_another_currency(draft: Draft) -> None:
    """The event is opened in one currency, and charged in another: read and charged alike."""
    event_id = event(draft)
    opened = draft.pick(draft.invocations("Event", "open", event_id))
    inputs = {id(draft.entry(opened, "Input")["value"])}
    for each in draft.dicts("journal", "state", "history", "gateway", "views"):
        if each.get("currency") == "EUR" and id(each) not in inputs:
            each["currency"] = "JPY"


@EVENTS.broken
def event_answers_another_price(draft: Draft) -> None:
    """A client asks the event, and is told another price than its state has."""
    event_id = event(draft)
    client(
        draft,
        "Event",
        event_id,
        "get",
        output=terms(draft, event_id) | {"price_cents": 1},
        state="event",
        found=copy.deepcopy(terms(draft, event_id)),
    )


@EVENTS.broken
def event_answers_other_seats(draft: Draft) -> None:
    """A client asks the event, and is told of a seat that it does not have."""
    event_id = event(draft)
    found = copy.deepcopy(terms(draft, event_id))
    client(
        draft, "Event", event_id, "get", output=found | {"seats": [*found["seats"], "ZZ99"]}, state="event", found=found
    )


@EVENTS.broken
def event_answers_another_round(draft: Draft) -> None:
    """A client asks the event, and is told another round than its state has."""
    event_id = event(draft)
    found = copy.deepcopy(terms(draft, event_id))
    client(draft, "Event", event_id, "get", output=found | {"round": found["round"] + 1}, state="event", found=found)


@EVENTS.broken
def event_is_unknown(draft: Draft) -> None:
    """A client asks an event that was opened, and is told that it is unknown."""
    event_id = event(draft)
    why = (404, "unknown_event: no event of this id was opened")
    client(draft, "Event", event_id, "get", failure=why, state="event", found=copy.deepcopy(terms(draft, event_id)))


def opened_again(draft: Draft, **change: object) -> tuple[str, Row, Row]:
    """The event, its state, and the input it was opened with, changed."""
    event_id = event(draft)
    opening = draft.pick(call for call in draft.decisions["load"]["opening"] if call["key"] == event_id)
    return event_id, copy.deepcopy(terms(draft, event_id)), opening["input"] | change


@EVENTS.broken
def same_opening_is_refused(draft: Draft) -> None:
    """The event is opened again with the same input, and refuses it."""
    event_id, found, asked = opened_again(draft)
    why = (409, "already_open: the event was opened with other input")
    client(draft, "Event", event_id, "open", input=asked, failure=why, state="event", found=found)


@EVENTS.broken
def other_opening_is_accepted(draft: Draft) -> None:
    """The event is opened again with another price, and says that all is well; nothing changes."""
    event_id, found, asked = opened_again(draft, price_cents=1)
    answer = {"event_id": event_id, "round": found["round"]}
    client(draft, "Event", event_id, "open", input=asked, output=answer, state="event", found=found)


@EVENTS.broken
def other_opening_takes_effect(draft: Draft) -> None:
    """The event is opened again with another price, and that is its price from now on."""
    event_id, found, asked = opened_again(draft, price_cents=1)
    left, answer = found | {"price_cents": 1}, {"event_id": event_id, "round": found["round"]}
    terms(draft, event_id).update(left)
    client(draft, "Event", event_id, "open", input=asked, output=answer, state="event", found=found, left=left)


@EVENTS.broken
def opening_answers_another_round(draft: Draft) -> None:
    """The event is opened, and answers that it is in its second round."""
    opened = draft.pick(draft.invocations("Event", "open"))
    draft.entry(opened, "Output")["value"]["round"] = 2
    for row in draft.events(f"Event/{opened['key']}/open", "ok"):
        row["output"]["round"] = 2


@EVENTS.broken
def look_at_the_event_changes_it(draft: Draft) -> None:
    """A client asks the event, and that writes its state."""
    event_id = event(draft)
    found = copy.deepcopy(terms(draft, event_id))
    left = found | {"hold_ms": 1}
    terms(draft, event_id).update(left)
    client(draft, "Event", event_id, "get", output=left, state="event", found=found, left=left)


@EVENTS.broken
def ticket_in_a_round_that_never_began(draft: Draft) -> None:
    """A free ticket is in a round that the event never reached, and nobody sent it there."""
    seat = draft.pick(seat for seat in draft.seats if writes(draft, seat))
    last = copy.deepcopy(final(draft, seat) or NEW)
    put(draft, seat, {**last, **FREE, "round": last["round"] + 1, "version": last["version"] + 1})
    show(draft, seat, "AVAILABLE")
