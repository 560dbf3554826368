"""Good runs of the other parts of the booking system, each with a booking beside it: one function a part."""

from __future__ import annotations

from typing import Any

from booking.settings import BookingSettings
from chaos.checkers.cluster_reacts import Reaction
from chaos.evidence.faultlog import FaultEvent
from chaos.evidence.journal import StateRow
from chaos.plan.expect import Expect
from tests.checkers.world import EVENT, Run, World

MARK = "hmac:0123456789ab"  # what the recorder leaves of a secret


def abandoned(**meta: Any) -> World:
    """A hold that a client was given and left; its timer is still to come."""
    return World(**meta).book("o1", "A2").reserve("idle")


def taken_again(*, frees: bool, **meta: Any) -> World:
    """A hold that was given back, and another, during which the first one's timer comes: it frees the seat or not."""
    world = World(**meta).reserve("first")
    world._invoke("Ticket", world.key("A1"), "release", {}, lambda run: world._free(run, "A1", "first"))
    timer = world.invocation(world.key("A1"), "Ticket", "expire")
    world.reserve("second")

    fired = Run(world, "Ticket", world.key("A1"), "expire", {}, None)
    fired.act(lambda run: world._free(run, "A1") if frees else None)
    world.alter("invocations", lambda row: row.id == fired.id, invoked_by_id=timer.invoked_by_id)
    if not frees:
        world._invoke("Ticket", world.key("A1"), "confirm", {}, lambda run: world._sell(run, "second", "A1"))
    world.drop("invocations", lambda row: row is timer)
    return world


def paid_by_webhook(**meta: Any) -> World:
    """One order whose charge was pending, was told of twice, and was asked about."""
    world = World(**meta).book("o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 202, "pending", charge_id="ch_o1")
    world.attempt("gateway", "/v1/charges", "charge:o1", "o1", 200)
    for _ in range(2):
        Run(world, "Checkout", "o1", "payment_result", {"outcome": "succeeded"}, None).act(lambda _: None)
    return world


def cancelled(**meta: Any) -> World:
    """o1 was called off too late, o2 in time."""
    world = World(**meta).book("o1").decline("o2", "A2")
    world.alter("invocations", lambda row: row.id == world.invocation("o2").id, failure="[410] cancelled: off")
    world.alter("history", lambda event: event.code == "declined", code="cancelled", status=410)
    for order, accepted in (("o1", False), ("o2", True)):
        number = world.told("invoke", f"Checkout/{order}/cancel")
        world.told("ok", f"Checkout/{order}/cancel", number, status=200, output={"accepted": accepted})
    return world


def shopped(**meta: Any) -> World:
    """A user whose cart became two orders, which a look shows: o1 confirmed, o2 declined."""
    world = World(**meta)
    for seat in ("A1", "A2"):
        world.client("UserSession/u/add_to_cart", seat_of(seat), act=changes)
    placed: list[Run] = []

    def checkout(run: Run) -> Any:
        placed.append(run)
        return changes(run, {"order_ids": ["o1", "o2"]})

    world.client("UserSession/u/checkout", {"payment_token": "t"}, act=checkout)
    watches = [Run(world, "OrderWatch", "", "follow", None, placed[0]) for _ in range(2)]
    world.book("o1", "A1").decline("o2", "A2")
    inputs = [row for row in world.rows["history"] if row.target.startswith("Checkout/") and row.type == "invoke"]
    world.rows["history"] = [row for row in world.rows["history"] if not row.target.startswith("Checkout/")]
    past = []
    for row, watch, status in zip(inputs, watches, ("CONFIRMED", "FAILED"), strict=True):
        run = world.invocation(row.target.split("/")[1])
        world.alter(
            "invocations", lambda each, run=run: each.id == run.id, invoked_by="service", invoked_by_id=watch.id
        )
        mine = [entry for entry in world.rows["journal"] if (entry.invocation_id, entry.type) == (run.id, "Input")]
        world.replace(mine[0], value=dict(row.input) | {"user_id": "u", "payment_token": "t"})
        ended = {"order_id": run.key, "status": status}
        watch.act(lambda watch, ended=ended: watch.send("UserSession", "u", "order_ended", changes, ended))
        past.append(ended)
        if status == "CONFIRMED":
            seen = {"cart": [], "current_orders": ["o2"], "past_orders": [*past]}
            world.client("UserSession/u/get", act=lambda run, seen=seen: finds(run, seen))
    world.views["UserSession/u/get"] = {"cart": [], "current_orders": [], "past_orders": past}
    return world


def seat_of(seat: str) -> dict[str, str]:
    return {"event_id": EVENT, "seat_id": seat}


def changes(run: Run, answer: Any = None) -> Any:
    """Finds the last state, whatever an app keeps, and leaves the next."""
    finds(run)
    run.world.own += 1
    run.entry("command", "SetState", state_key="own", value={"changes": run.world.own})
    return answer


def finds(run: Run, answer: Any = None) -> Any:
    """Looks at the last state."""
    found = {"changes": run.world.own} if run.world.own else None
    run.read("own", found)
    return answer


def remembered(**meta: Any) -> World:
    """One session that was cleared, and one that stands."""
    world = World(**meta).book("o1")
    world.load = {"forgotten": ["UserSession/gone"], "kept": ["UserSession/here"]}
    world.settle()
    world.rows["state"].append(StateRow(service="UserSession", object_key="here", key="session", value={}))
    return world


def used_again(
    gap_ms: int = 500, seats: tuple[str, ...] = ("A1", "A2"), cleared_by: int | None = None, **meta: Any
) -> World:
    """A session that lasts a second, used twice and looked at, each after a gap; `seats` are what the look shows.

    `cleared_by` is the number of the use whose timer cleared it.
    """
    world = World(**{"settings": BookingSettings(session_idle_ms=1_000)} | meta).book("o1")
    uses = []
    for seat in ("A1", "A2"):
        uses.append(world.client("UserSession/u/add_to_cart", seat_of(seat), act=changes))
        world.now += gap_ms
    if cleared_by is not None:
        now = world.now
        timer = Run(world, "UserSession", "u", "clear_if_idle", {}, None)
        timer.act(lambda run: finds(run, run.entry("command", "ClearAllState") and None))
        by = {"invoked_by": "service", "invoked_by_id": uses[cleared_by]}
        world.alter("invocations", lambda row: row.id == timer.id, **by)
        world.own, world.now = 0, now
    seen = {"cart": [seat_of(seat) for seat in seats], "current_orders": [], "past_orders": []}
    world.client("UserSession/u/get", act=lambda run: finds(run, seen))
    return world


def signed_up(**meta: Any) -> World:
    """`in` guessed wrong, clicked right and is verified; `out` never clicked."""
    world = World(**meta).book("o1")
    runs = {user: world.told("invoke", f"Signup/{user}/run", input={"email": user}) for user in ("in", "out")}
    for user in runs:
        world.attempt("mailer", "/v1/messages", f"signup:{user}", None, 202, "message", message_id=user, to=user)
    guess = world.told("invoke", "Signup/in/click", input={"secret": "guess"})
    world.told("fail", "Signup/in/click", guess, status=403, code="wrong_secret")
    click = world.told("invoke", "Signup/in/click", input={})
    world.told("ok", "Signup/in/click", click, status=200)
    world.told("ok", "Signup/in/run", runs["in"], status=200, output={"verified": True})
    world.told("fail", "Signup/out/run", runs["out"], status=408, code="not_verified")
    return world


def marked_read(**meta: Any) -> World:
    """A user with two orders who looked at the inbox and marked the first as read, twice."""
    world = World(**meta).book("o1", "A1").book("o2", "A2")
    for placed in [row for row in world.rows["history"] if row.type == "invoke"]:
        body, run = dict(placed.input) | {"user_id": "u"}, world.invocation(placed.target.split("/")[1])
        world.alter("history", lambda row, placed=placed: row is placed, input=body)
        mine = [entry for entry in world.rows["journal"] if (entry.invocation_id, entry.type) == (run.id, "Input")]
        world.replace(mine[0], value=body)
        _notified_as(world, f"user-{run.key}", "u")
    listed = {"kind": "booking_confirmed", "read": False}
    unread = [{"notification_id": order, "order_id": order} | listed for order in ("o1", "o2")]
    world.client("Notifications/u/get", act=lambda run: finds(run, {"unread": 2, "items": unread}))
    for _ in range(2):
        world.client("Notifications/u/mark_read", {"notification_id": "o1"}, act=changes)
    world.views["Notifications/u/get"] = {"unread": 1, "items": [unread[0] | {"read": True}, unread[1]]}
    return world


def _notified_as(world: World, before: str, user: str) -> None:
    """The notification of one user goes to another's inbox."""
    run = world.invocation(before, "Notifications", "notify")
    world.alter("invocations", lambda row: row.id == run.id, key=user)
    sent = f"Notifications/{before}/notify"
    world.alter("journal", lambda entry: entry.target == sent, target=f"Notifications/{user}/notify")


def promoted(**meta: Any) -> World:
    """A role put in at once, permissions at the second attempt."""
    world = World(**meta).book("o1")
    number = world.told("invoke", "RoleUpdate/apply", input={"user_id": "u"})
    world.attempt("mailer", "/v1/users/u/role", "", None, 200, "role", to="u")
    world.attempt("mailer", "/v1/users/u/permissions", "", None, 503)
    world.attempt("mailer", "/v1/users/u/permissions", "", None, 200, "permissions", to="u")
    world.told("ok", "RoleUpdate/apply", number, status=200)
    return world


def restarted(*, by: str = "map", over: bool | None = None, **meta: Any) -> World:
    """Two seats of an event that starts over: both sold in the first round, free in the second, and looked at in both.

    `by` whom the reset was sent: the map, or a client; `over`: whether the event starts over by itself.
    """
    world = World(seats=2, **meta)
    world.price = (world.price or {}) | {"auto_reset": by == "map" if over is None else over}
    opened(world)
    world.book("o1", "A1").book("o2", "A2")
    sold_out_at = [row for row in world.rows["invocations"] if (row.service, row.handler) == ("SeatMap", "set")][-1]
    world.client(f"Event/{EVENT}/get", output=terms(world))
    if by == "map":
        run = Run(world, "Event", EVENT, "reset", {"round": 1}, None)
        run.act(lambda _: {"round": 2})
        by_map = {"invoked_by": "service", "invoked_by_id": sold_out_at.id}
        world.alter("invocations", lambda row: row.id == run.id, **by_map)
    else:
        world.client(f"Event/{EVENT}/reset", {"round": 1}, {"round": 2})
    for seat in world.seats:
        world.next_round(seat)
    world.client(f"Event/{EVENT}/get", output=terms(world) | {"round": 2})
    world.views[f"SeatMap/{EVENT}/get"] = {"round": 2, "seats": dict.fromkeys(world.seats, "AVAILABLE")}
    return world


def opened(world: World) -> None:
    """The event is opened in the journal too."""
    run = Run(world, "Event", EVENT, "open", world.price, None)
    run.act(lambda _: {"event_id": EVENT, "round": 1})
    world.alter("invocations", lambda row: row.id == run.id, idempotency_key="p-1--1")


def terms(world: World) -> dict[str, Any]:
    """What an event answers in its first round."""
    return {"auto_reset": False} | (world.price or {}) | {"open": True, "hold_ms": 900_000, "round": 1}


def looked_around(**meta: Any) -> World:
    """A seat that was reserved and sold, and clients who looked at it and at the map before and after."""
    world = World(seats=2, **meta)
    free, sold = dict.fromkeys(world.seats, "AVAILABLE"), {"A1": "SOLD", "A2": "AVAILABLE"}
    world.client(f"SeatMap/{EVENT}/get", output={"round": 1, "seats": free})
    look(world, "A1")
    world.book("o1")
    look(world, "A1")
    world.client(f"SeatMap/{EVENT}/get", output={"round": 1, "seats": free})
    world.client(f"SeatMap/{EVENT}/get", output={"round": 1, "seats": sold})
    look(world, "A1")
    return world


def look(world: World, seat: str, **said: Any) -> None:
    """A client looks at a seat; `said` is what it is told instead of what is so."""

    def get(run: Run) -> Any:
        now = world._read(run, seat)
        shown = ("status", "round", "version")
        until_ms = now.get("expires_at_ms") if now["status"] == "RESERVED" else None
        return {name: now[name] for name in shown} | {"expires_at_ms": until_ms} | said

    world.client(f"Ticket/{world.key(seat)}/get", act=get)


def changed_cart(**meta: Any) -> World:
    """A cart with A1 and A2: A1 taken out, A3 put in."""
    world = World(**meta).book("o1")
    world.load["reads"] = ["UserSession/u/get"]
    world.price, opening = None, []
    for number, seat in enumerate(("A1", "A2"), start=2):
        opening.append({"service": "UserSession", "key": "u", "handler": "add_to_cart", "input": seat_of(seat)})
        run = Run(world, "UserSession", "u", "add_to_cart", seat_of(seat), None)
        run.act(changes)
        world.alter("invocations", lambda row, run=run: row.id == run.id, idempotency_key=f"p-1--{number}")
    world.load["opening"] = opening
    for handler, seat in (("remove_from_cart", "A1"), ("add_to_cart", "A3")):
        world.client(f"UserSession/u/{handler}", seat_of(seat), act=changes)
    cart = [seat_of(seat) for seat in ("A2", "A3")]
    world.views["UserSession/u/get"] = {"cart": cart, "current_orders": [], "past_orders": []}
    return world


def looked_at(**meta: Any) -> World:
    """A seat that was booked and looked at."""
    world = World(**meta).book("o1")
    Run(world, "Ticket", world.key("A1"), "get", None, None).act(lambda _: {"status": "SOLD"})
    return world


def looked_into(**meta: Any) -> World:
    """One order that was looked at while it was under way and at the end, and one that failed, and was at the end."""
    world = World(**meta).book("o1").decline("o2", "A2")
    for order, stage, error in (("o1", "CONFIRMED", None), ("o2", "FAILED", {"code": "declined", "message": "no"})):
        charge_id = f"ch_{order}" if error is None else None
        view = {"stage": stage, "charge_id": charge_id, "error": error, "compensations": []}
        number = world.told("invoke", f"Checkout/{order}/status")
        world.told("ok", f"Checkout/{order}/status", number, status=200, output=view)
        world.views[f"Checkout/{order}/status"] = view
    return world


def turned_away(**meta: Any) -> World:
    """A stranger who tried to confirm a seat that somebody else booked."""
    world = World(**meta).book("o1")
    target = f"Ticket/{world.key('A1')}/confirm"
    number = world.told("invoke", target, input={"order_id": "o2", "round": 1})
    world.told("fail", target, number, status=400, code="refused_by_ingress")
    return world


def paid_in_secret(**meta: Any) -> World:
    """An order whose token stands where it was handed over: in what the client sent, and in the journaled input."""
    world = World(**meta).book("o1")
    secret = {"payment_token": MARK}
    world.alter("history", lambda event: event.type == "invoke", input=secret)
    run = world.invocation("o1")
    world.alter("journal", lambda entry: (entry.invocation_id, entry.type) == (run.id, "Input"), value=secret)
    return world


def without_a_majority() -> World:
    """One node is lost, then another; what is ordered then waits until both are back, and others lead meanwhile."""
    reaction = Reaction(nodes_lost=2, leaders_moved=1, stalled=("first", "second"))
    world = World(expect=Expect(cluster=reaction)).book("o1")
    for by in ("restate-2", "restate-3"):
        world.says(by, "restate-1")
    world.says("restate-3", "restate-2")
    world.says("restate-1", "restate-1", leads=(0, 1))
    broke_at_ms = world.tick()
    number = world.told("invoke", f"SeatMap/{EVENT}/get")
    for by in ("restate-2", "restate-3"):
        world.says(by, "restate-1", "dead")
    world.says("restate-3", "restate-2", "dead")
    world.tick()
    for step, target in (("first", "restate-1"), ("second", "restate-2")):
        world.fault(step, target=target)
    world.alter("faults", lambda event: event.phase in ("intended", "injected", "observed"), at_ms=broke_at_ms)
    world.says("restate-3", "restate-3", leads=(1,))
    world.told("ok", f"SeatMap/{EVENT}/get", number)
    return world


def dead(world: World, from_ms: int, until_ms: int, ready_ms: int = 0) -> World:
    """Endpoints that were dead for a while, and then took a while to start."""
    world.steps.append({"id": "crash", "fault": {"fault": "kill"}})
    for at_ms, phase in ((from_ms, "injected"), (until_ms, "healing"), (until_ms + ready_ms, "healed")):
        about = {"step": "crash", "fault": "kill", "target": "endpoints", "phase": phase}
        world.rows["faults"].append(FaultEvent(at_ms=at_ms, **about))  # type: ignore[arg-type]
    return world
