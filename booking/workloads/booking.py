"""booking: clients check out seats of one event; the seed decides who wants which seat and whose card is declined."""

from __future__ import annotations

from random import Random
from typing import Literal

from pydantic import Field, JsonValue, model_validator

from booking.workloads.keys import checkout, open_event, seat_ids
from chaos.plan.workload import Awaits, Load, Workload
from chaos.workloads.arrivals import Rate, open_loop


class Booking(Workload):
    """`orders` checkouts for `seats` seats: by `clients` at a time (closed loop), or `rate_per_s` (open loop).

    Every seat is wanted once, in random order, before any is wanted again, in another order. `declined` orders, the
    first ones by number when `declined_first`, pay with a card that the gateway declines. `placed_twice`: every
    order is placed again, with the same id and the same input, by another client as soon as its status says PAYING;
    `placed_later`: once more when all faults are healed. `inboxes`: every user's inbox is read at the end.
    """

    kind: Literal["booking"] = "booking"
    orders: int = Field(ge=1, le=100_000)
    seats: int = Field(ge=1, le=1_000)
    clients: int = Field(default=8, ge=1, le=1_000)
    declined: int = Field(default=0, ge=0)
    declined_first: bool = False
    placed_twice: bool = False
    placed_later: bool = False
    inboxes: bool = False
    auto_reset: bool = False  # sold out, the event starts over; then an order waits until its seat is free in its round
    payment: Literal["direct", "webhook"] = "direct"
    price_cents: int = Field(default=4_200, ge=0)
    hold_ms: int | None = Field(default=None, ge=1)
    think_ms: int = Field(default=0, ge=0, le=60_000)  # a client's pause after each answer
    rate_per_s: Rate | None = None  # open loop, in place of `clients` and `think_ms`

    @model_validator(mode="after")
    def _declined_fit(self) -> Booking:
        if self.declined > self.orders:
            raise ValueError(f"declined: {self.declined} of {self.orders} orders; at most all of them")
        return self

    def decide(self, random: Random, scope: str) -> Load:
        event_id = f"{scope}-event"
        seats = seat_ids(self.seats)
        rounds = -(-self.orders // self.seats)
        wanted = [seat for _ in range(rounds) for seat in random.sample(seats, self.seats)][: self.orders]
        numbers = range(self.orders)
        declined = set(numbers[: self.declined] if self.declined_first else random.sample(numbers, self.declined))
        operations = []
        for number, seat in enumerate(wanted):
            user_id, is_declined = f"{scope}-user-{number}", number in declined
            call = checkout(random, number, user_id, event_id, seat, payment=self.payment, declined=is_declined)
            if self.auto_reset:
                free_in_its_round: dict[str, JsonValue] = {"status": "AVAILABLE", "round": number // self.seats + 1}
                free = Awaits(target=f"Ticket/{event_id}:{seat}/get", equals=free_in_its_round)
                call = call.model_copy(update={"awaits": free})
            operations.append(call)
            if self.placed_twice:
                paying = Awaits(target=f"Checkout/{call.key}/status", equals={"stage": "PAYING"}, patience_s=2)
                operations.append(call.model_copy(update={"awaits": paying}))
        later = operations if self.placed_later else []
        operations = [call.model_copy(update={"number": number}) for number, call in enumerate([*operations, *later])]
        load = Load(
            opening=(open_event(event_id, seats, self.price_cents, self.hold_ms, auto_reset=self.auto_reset),),
            operations=tuple(operations),
            clients=min(self.clients, len(operations)),
            think_ms=self.think_ms,
            after_heal=len(later),
            reads=tuple(f"Notifications/{scope}-user-{user}/get" for user in numbers) if self.inboxes else (),
        )
        return load if self.rate_per_s is None else open_loop(load, random, self.rate_per_s)
