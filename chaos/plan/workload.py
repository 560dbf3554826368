"""What the clients do: a workload as plans name it, and the load that its seed decides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from random import Random
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, JsonValue, SerializeAsAny, model_validator

from chaos.model import Frozen
from chaos.plan.moments import Seconds
from chaos.plan.named import pick


class Awaits(Frozen):
    """What a public read must answer before an operation is sent; after `patience_s` it is sent all the same."""

    target: str  # "Greeter/<key>/get"
    equals: dict[str, JsonValue]  # these fields of the answer
    patience_s: Seconds = 20


class Call(Frozen):
    """One operation of the load: a call through the ingress."""

    number: int
    service: str
    key: str  # empty: the service has no keys
    handler: str
    input: JsonValue = None
    after: int | None = None  # an earlier operation of the load that must have ended first
    awaits: Awaits | None = None
    secret_mailed_to: str | None = None  # the last word of the newest mail to this address is sent as `secret`

    @property
    def target(self) -> str:
        return "/".join(part for part in (self.service, self.key, self.handler) if part)


class Load(Frozen):
    """A decided workload: what is opened first, the operations in the order clients take them, and how many clients.

    Closed loop: each client takes the next operation when it has its answer. Open loop (`arrivals_ms`): each operation
    is sent when it is due, whatever became of those before; `clients` is how many can be under way at once.

    The last `after_heal` operations wait until every fault is healed, however long that takes: they show the recovery.
    """

    opening: tuple[Call, ...] = ()
    operations: tuple[Call, ...]
    clients: int = Field(ge=1)
    think_ms: int = 0  # closed loop: how long a client pauses after each answer
    arrivals_ms: tuple[int, ...] = ()  # open loop: when each operation is due, counted from the start of its part
    after_heal: int = Field(default=0, ge=0)
    reads: tuple[str, ...] = ()  # targets of public reads to make at the end, for checkers to look at
    forgotten: tuple[str, ...] = ()  # objects "Service/key" that must have no state left at the end
    kept: tuple[str, ...] = ()  # objects that must have some

    @model_validator(mode="after")
    def _arrivals_fit(self) -> Load:
        if self.arrivals_ms and len(self.arrivals_ms) != len(self.operations):
            raise ValueError(
                f"arrivals_ms: {len(self.arrivals_ms)} for {len(self.operations)} operations; give one for each"
            )
        for part in self.parts:
            if list(part.arrivals_ms) != sorted(part.arrivals_ms):
                raise ValueError("arrivals_ms: an operation is due before the one listed before it; sort them")
        return self

    @property
    def parts(self) -> tuple[Load, Load]:
        """The part that runs while faults come and go, and the part that waits until all are healed."""
        first = len(self.operations) - self.after_heal
        return self._part(slice(first)), self._part(slice(first, None))

    def _part(self, part: slice) -> Load:
        update = {"operations": self.operations[part], "arrivals_ms": self.arrivals_ms[part], "after_heal": 0}
        return self.model_copy(update=update)


class Workload(Frozen, ABC):
    """What the clients do. `decide` is a pure function of its fields, the random source and the scope."""

    kind: str

    @abstractmethod
    def decide(self, random: Random, scope: str) -> Load:
        """Every operation of the load, drawn in advance, with keys that begin with `scope`."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        WORKLOADS[str(cls.model_fields["kind"].default)] = cls


WORKLOADS: dict[str, type[Workload]] = {}
AnyWorkload = Annotated[SerializeAsAny[Workload], BeforeValidator(lambda value: pick(value, "kind", WORKLOADS))]
