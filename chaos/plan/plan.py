"""A Plan: a frozen, serializable value that says what load runs, what breaks when, and what must be seen."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from random import Random
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, JsonValue, SerializeAsAny, model_validator

from chaos.errors import unknown
from chaos.model import Frozen
from chaos.plan.expect import Backoff, Bounds, Expect, Reaction, Steady  # noqa: F401 - what plans are written with is had from one place
from chaos.plan.moments import (  # noqa: F401
    AfterOperations,
    Appending,
    AtStart,
    AtTime,
    BackingOff,
    ClusterWhole,
    EffectSeen,
    HoldReached,
    JournalState,
    LoadEnded,
    Name,
    NodesLost,
    RuleHits,
    Seconds,
    Trigger,
)
from chaos.plan.schedule import Claim, check_operations, check_sequence, expand

if TYPE_CHECKING:
    from chaos.evidence.faultlog import Injection
    from chaos.stack.stack import Stack

AppName = Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*|cmd:.*\{port\}.*)$")]
Protocol = Literal["bidi", "request_response"]
Nodes = Literal[1, 3]
HOUR_MS = 3_600_000
YEAR_S = 366 * 24 * 3_600
CENTURY_MS = 100 * YEAR_S * 1_000


# --- what breaks -------------------------------------------------------------------------------------------------


class Fault(Frozen, ABC):
    """One fault: a frozen value whose `inject` is an async context manager that breaks, and heals on the way out.

    Subclasses live one a file in chaos/faults (or anywhere that is imported before the plan is read). The class
    registers itself under its `fault` literal, which is its name in plans, reports and on the command line; one that
    has none is what several faults share.
    """

    fault: str
    targets: ClassVar[str]  # what it can be aimed at, for `chaos faults` and error messages
    effect: ClassVar[str]  # how its effect is seen, other than by the call that injects it
    needs: ClassVar[frozenset[str]] = frozenset()  # capabilities a backend must have
    lasting: ClassVar[bool] = False  # its heal does not bring back what was: its plan needs a stack of its own

    def resolve(self, random: Random, replicas: int, nodes: int = 1) -> Fault:  # noqa: ARG002 - nothing to draw
        """The same fault with every random choice made (victims), so that the decision can be logged and replayed."""
        return self

    def claims(self, endpoints: int) -> frozenset[Claim]:  # noqa: ARG002 - the default claims nothing
        """What it needs for itself on a stack of so many endpoints; see chaos.plan.schedule."""
        return frozenset()

    @abstractmethod
    def inject(self, stack: Stack, injection: Injection) -> AbstractAsyncContextManager[None]:
        """Breaks on entry and heals on exit; records what was seen through `injection.observe`.

        Raises chaos.errors.BadInput when the target is not there or already dead, before anything is broken.
        """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        name = cls.model_fields["fault"].default
        if isinstance(name, str):  # else it is what several faults share
            FAULTS[name] = cls


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


FAULTS: dict[str, type[Fault]] = {}
WORKLOADS: dict[str, type[Workload]] = {}


def _pick(value: object, field: str, registry: Mapping[str, type[Frozen]]) -> object:
    """Validates a mapping as the registered class that its discriminating field names."""
    if not isinstance(value, Mapping):
        return value
    name = value.get(field)
    if not isinstance(name, str) or name not in registry:
        raise ValueError(unknown(field, name, sorted(registry)))
    return registry[name].model_validate(value)


AnyFault = Annotated[SerializeAsAny[Fault], BeforeValidator(lambda value: _pick(value, "fault", FAULTS))]
AnyWorkload = Annotated[SerializeAsAny[Workload], BeforeValidator(lambda value: _pick(value, "kind", WORKLOADS))]


class Awaits(Frozen):
    """What a public read must answer before an operation is sent; one that still does not is no reason to hold back."""

    target: str  # "Ticket/<key>/get"
    equals: dict[str, JsonValue]  # these fields of the answer
    patience_s: Seconds = 20


class Call(Frozen):
    """One operation of the load: a call through the ingress."""

    number: int
    service: str
    key: str  # empty: the service has no keys
    handler: str
    input: JsonValue = None
    after: int | None = None  # an operation that comes earlier in the load and must have ended
    awaits: Awaits | None = None
    secret_mailed_to: str | None = None  # the last word of the newest mail to this address goes along as `secret`

    @property
    def target(self) -> str:
        return "/".join(part for part in (self.service, self.key, self.handler) if part)


class Load(Frozen):
    """A decided workload: what is opened first, the operations in the order clients take them, and how many clients.

    Closed loop: each client takes the next operation when it has its answer. Open loop (`arrivals_ms`): each operation
    is sent when it is due, whatever became of those before; `clients` is how many can be under way at once.

    The last `after_heal` operations wait until every fault is healed, however long that takes: what recovery shows on.
    """

    opening: tuple[Call, ...] = ()
    operations: tuple[Call, ...]
    clients: int = Field(ge=1)
    think_ms: int = 0  # closed loop: how long a client pauses after each answer
    arrivals_ms: tuple[int, ...] = ()  # open loop: when each operation is due, counted from its part's beginning
    after_heal: int = Field(default=0, ge=0)
    event_ids: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()  # Ticket keys "event_id:seat_id"
    reads: tuple[str, ...] = ()  # targets of public reads to make at the end, for checkers to look at
    forgotten: tuple[str, ...] = ()  # objects "Service/key" that must have no state left at the end
    kept: tuple[str, ...] = ()  # and those that must have some

    @model_validator(mode="after")
    def _arrivals_fit(self) -> Load:
        if self.arrivals_ms and len(self.arrivals_ms) != len(self.operations):
            raise ValueError(
                f"arrivals_ms: {len(self.arrivals_ms)} for {len(self.operations)} operations; one for each"
            )
        for part in self.parts:
            if list(part.arrivals_ms) != sorted(part.arrivals_ms):
                raise ValueError("arrivals_ms: an operation is due before the one that stands before it; sort them")
        return self

    @property
    def parts(self) -> tuple[Load, Load]:
        """What runs while faults come and go, and what waits until they are all healed."""
        first = len(self.operations) - self.after_heal
        return self._part(slice(first)), self._part(slice(first, None))

    def _part(self, part: slice) -> Load:
        update = {"operations": self.operations[part], "arrivals_ms": self.arrivals_ms[part], "after_heal": 0}
        return self.model_copy(update=update)


class Step(Frozen):
    """One fault on the schedule: injected when `when` comes true, healed when `until` does.

    With `after`, it first waits until that step is healed, and `when` counts from there. With `cycles`, all this is
    done so many times, each with victims of its own and `quiet_s` seconds of quiet between the heal and the next.
    """

    id: Name
    fault: AnyFault
    after: Name | None = None
    when: Trigger = AtStart()
    until: Trigger = LoadEnded()
    cycles: int = Field(default=1, ge=1, le=1_000)
    quiet_s: Seconds = 1


# --- the plan ----------------------------------------------------------------------------------------------------


class BookingSettings(Frozen):
    """The contract's settings that a plan may choose; handed to the app as NEXUS_ environment variables."""

    hold_ms: int = Field(default=900_000, ge=1, le=CENTURY_MS)
    retry_initial_ms: int = Field(default=100, ge=1, le=HOUR_MS)
    retry_factor: float = Field(default=2, ge=1, le=100)
    retry_max_ms: int = Field(default=1_000, ge=1, le=HOUR_MS)
    compensation_attempts: int = Field(default=20, ge=1, le=10_000)
    attempt_timeout_s: float = Field(default=2, gt=0, le=3_600)
    payment_timeout_s: int = Field(default=300, ge=1, le=YEAR_S)
    session_idle_ms: int = Field(default=1_800_000, ge=1, le=CENTURY_MS)
    signup_timeout_s: int = Field(default=3_600, ge=1, le=YEAR_S)

    def environment(self) -> dict[str, str]:
        return {
            f"NEXUS_{name.upper()}": f"{value:g}" if isinstance(value, float) else str(value) for name, value in self
        }


class StackSpec(Frozen):
    """What a plan needs to run on. Plans with equal specs share a stack, unless `own` asks for one of its own."""

    endpoints: int = Field(default=2, ge=1, le=16)
    settings: BookingSettings = BookingSettings()
    own: bool = False
    identity: bool = False  # Restate signs its calls, and the app is told to take no others
    app: AppName | None = None  # what runs at first, in place of the app under test: an older version of it
    restate_disk_mb: int | None = Field(default=None, ge=32, le=16_384)  # of what Restate keeps; null: as there is

    @property
    def needs(self) -> frozenset[str]:
        """Capabilities that a backend must have for it."""
        return frozenset({"disk"} if self.restate_disk_mb else ())


class Modes(Frozen):
    """How Restate drives the app, chosen for a whole session: what no plan may depend on.

    `always_replay`: every await suspends the invocation; when it goes on, what was done is replayed from the journal.
    `protocol`: a stream in both directions (HTTP/2), or one request and one answer at a time (HTTP/1.1).
    `nodes`: one Restate server, or three that replicate all they know on two of them.
    """

    always_replay: bool = False
    protocol: Protocol = "bidi"
    nodes: Nodes = 1

    @property
    def capabilities(self) -> frozenset[str]:
        """What faults and moments may need and the modes give."""
        return frozenset({"cluster"}) if self.nodes > 1 else frozenset()

    def options(self, prefix: str = "--") -> list[str]:
        """The command-line options that choose these modes; none for the usual ones."""
        replaying = [f"{prefix}always-replay"] if self.always_replay else []
        protocol = [f"{prefix}protocol", self.protocol] if self.protocol != "bidi" else []
        return replaying + protocol + ([f"{prefix}nodes", str(self.nodes)] if self.nodes > 1 else [])


class Plan(Frozen):
    """A whole scenario: load, faults and expectations. The same plan and seed make the same decisions."""

    version: Literal[1] = 1
    name: Name
    story: str = ""  # given, when, then, in a sentence or two
    seed: int = Field(default=1, ge=0, lt=2**63)
    workload: AnyWorkload
    steps: tuple[Step, ...] = ()
    expect: Expect = Expect()
    stack: StackSpec = StackSpec()
    deadline_s: float = Field(default=90, gt=0, le=3600)  # of the whole scenario; past it UNKNOWN
    converge_s: float = Field(default=30, gt=0, le=3600)  # after the heal, until nothing is pending

    @model_validator(mode="after")
    def _steps_fit(self) -> Plan:
        check_sequence(self.steps, self.stack.endpoints)
        for step in self.steps:
            if step.fault.lasting and not self.stack.own:
                raise ValueError(f"steps: {step.id} ({step.fault.fault}) lasts; the stack must be the plan's own")
        if self.expect.steady and not self.steps:
            raise ValueError("expect.steady: nothing breaks that the run could recover from; give it a step")
        return self


class Decisions(Frozen):
    """Everything a plan's seed decides: operations, keys, victims, triggers. Written to decisions.json."""

    plan: str
    seed: int
    scope: str
    load: Load
    steps: tuple[Step, ...]


def decide(plan: Plan, scope: str, replicas: int, nodes: int = 1) -> Decisions:
    """Makes every random decision of a plan, from its seed and scope alone; scopes differ, so that orders do.

    `replicas` and `nodes` say how many endpoints and Restate nodes there are to draw a victim from. Raises BadInput
    when a step waits for an operation that the load does not have.
    """
    load = plan.workload.decide(Random(f"{plan.seed}/{scope}/load"), scope)
    check_operations(plan.steps, len(load.operations))
    steps = tuple(
        step.model_copy(
            update={"fault": step.fault.resolve(Random(f"{plan.seed}/{scope}/step/{step.id}"), replicas, nodes)}
        )
        for step in expand(plan.steps)
    )
    return Decisions(plan=plan.name, seed=plan.seed, scope=scope, load=load, steps=steps)
