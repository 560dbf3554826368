"""mixed: users browse, reserve, buy, are declined and cancel, all at once; some seats are wanted more than others."""

from __future__ import annotations

from random import Random
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from booking.workloads.keys import checkout, open_event, order_id, seat_ids
from chaos.model import Frozen
from chaos.plan.workload import Call, Load, Workload
from chaos.workloads.arrivals import Rate, open_loop

Weight = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Weights(Frozen):
    """How often each thing is done, relative to the others."""

    browse: Weight = 5
    reserve: Weight = 1
    buy: Weight = 3
    decline: Weight = 1
    cancel: Weight = 1

    @model_validator(mode="after")
    def _some(self) -> Weights:
        if not self.browse + self.reserve + self.buy + self.decline:
            raise ValueError("only cancel has a weight, but it needs orders to cancel; give another kind a weight")
        return self


class Mixed(Workload):
    """`operations` of many kinds: by `clients` at a time (closed loop), or `rate_per_s` (open loop).

    Browsing reads a seat, the map or the event. Reserving takes a seat for `hold_ms`, or for as long as the app holds
    one, and goes no further. Buying is a checkout; "declined" is one whose card the gateway declines. Cancelling
    cancels the newest order not yet cancelled, whatever its stage; while there is none, it browses instead.

    `popularity` of seats: `uniform`; `zipf`, the n-th most wanted seat is wanted 1/n^`exponent` as often as the first,
    and the seed decides which is first; `hot`, everybody wants the same one.
    """

    kind: Literal["mixed"] = "mixed"
    operations: int = Field(ge=1, le=100_000)
    seats: int = Field(ge=1, le=1_000)
    weights: Weights = Weights()
    popularity: Literal["uniform", "zipf", "hot"] = "uniform"
    exponent: float = Field(default=1.0, gt=0, le=10)
    clients: int = Field(default=8, ge=1, le=1_000)
    rate_per_s: Rate | None = None  # open loop, in place of `clients`
    after_heal: int = Field(default=0, ge=0)  # how many of the operations wait until every fault is healed
    hold_ms: int | None = Field(default=None, ge=1)  # of what is reserved, not of what is bought

    @model_validator(mode="after")
    def _some_before(self) -> Mixed:
        if self.after_heal >= self.operations:
            raise ValueError(
                f"after_heal: {self.after_heal} of {self.operations} operations; leave some to come before"
            )
        return self

    def decide(self, random: Random, scope: str) -> Load:
        event_id, seats = f"{scope}-event", seat_ids(self.seats)
        names, weights = zip(*self.weights, strict=True)
        by_rank = random.sample(seats, self.seats)
        wanted = random.choices(by_rank, self._wanted(), k=self.operations)
        done = random.choices(names, weights, k=self.operations)
        operations: list[Call] = []
        placed: list[str] = []  # orders that nobody has called off yet
        for number, (name, seat) in enumerate(zip(done, wanted, strict=True)):
            user_id = f"{scope}-user-{number}"
            if name == "reserve":
                hold: dict[str, JsonValue] = {"user_id": user_id, "order_id": order_id(random)}
                hold |= {"hold_ms": self.hold_ms} if self.hold_ms else {}
                call = Call(number=number, service="Ticket", key=f"{event_id}:{seat}", handler="reserve", input=hold)
            elif name in ("buy", "decline"):
                call = checkout(random, number, user_id, event_id, seat, declined=name == "decline")
                placed.append(call.key)
            elif name == "cancel" and placed:
                call = Call(number=number, service="Checkout", key=placed.pop(), handler="cancel")
            else:
                call = _look(random, number, event_id, seat)
            operations.append(call)
        load = Load(
            opening=(open_event(event_id, seats, 4_200, None),),
            operations=tuple(operations),
            clients=min(self.clients, len(operations)),
            after_heal=self.after_heal,
        )
        return load if self.rate_per_s is None else open_loop(load, random, self.rate_per_s)

    def _wanted(self) -> list[float]:
        """How often each seat is wanted, the most wanted first."""
        ranks = range(1, self.seats + 1)
        if self.popularity == "hot":
            return [float(rank == 1) for rank in ranks]
        return [rank**-self.exponent if self.popularity == "zipf" else 1.0 for rank in ranks]


def _look(random: Random, number: int, event_id: str, seat: str) -> Call:
    service, key = random.choice([("Ticket", f"{event_id}:{seat}"), ("SeatMap", event_id), ("Event", event_id)])
    return Call(number=number, service=service, key=key, handler="get")
