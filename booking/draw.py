"""Plans drawn from a seed: a load, and one to three faults from the catalogue that a correct system must survive.

There are two kinds. In a flowing plan the faults come in parallel while orders pass, each at an operation count that
the load is certain to reach. In a held plan they come one after another while every charge is held, so that orders are
certain to be under way, until the last of them is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import Any, NamedTuple

import chaos.faults  # noqa: F401 - fills the registry that is drawn from
from booking.settings import BookingSettings
from booking.workloads import Booking, Mixed
from chaos.plan.moments import AfterOperations, AtStart, AtTime, EffectSeen, HoldReached, LoadEnded, Trigger
from chaos.plan.plan import Plan
from chaos.plan.spec import StackSpec
from chaos.plan.step import FAULTS, PlannedFault, Step
from chaos.plan.workload import Workload

Fields = dict[str, Any]
LINKS = ("ingress", "endpoint", "gateway", "mailer")
PROCESSES = {  # a process that can be a victim → the link that leads to it, which must not be obstructed meanwhile
    "endpoint": "endpoint",
    "endpoints": "endpoint",
    "restate": "ingress",
    "gateway": "gateway",
    "mailer": "mailer",
}
MIXED_UNDER = frozenset({"endpoint", "gateway", "mailer"})  # an answer to `cancel` that is lost, nobody can ask for
ENDPOINTS = ("endpoint", "endpoints")
STREAMS = ("downstream", "upstream")
POINTS = ("before_effect", "after_effect")
PROMPT = ("once", "duplicated", "out_of_order", "before_answer", "never")
HELD = "held"  # the id of the step that holds the charges
CUTTING = frozenset(  # what ends a request that is under way
    {"link_down", "flapping", "reset_peer", "limit_data", "kill", "terminate", "restart", "crash_loop"}
)
STACK = StackSpec(settings=BookingSettings(attempt_timeout_s=1, payment_timeout_s=3))  # what is lost costs seconds
LEFT_OUT = {
    "forget_keys": "a gateway that forgets keys makes duplicates that no client can prevent",
    "cancel_invocation": "what an operator ends, ends otherwise than the plan's orders should",
    "pause_invocation": "how long an invocation is there to be paused is not known beforehand",
    "reconfigure": "which settings an app heeds, and what they may be, is its own business",
    "rollback": "deploy is drawn, which needs the same",
    "in_progress": "it needs an attempt that lasts, and the next one while it does",
    "lag": "few payments are looked up, and what is looked up may not have changed lately",
    "purge": "what Restate forgot is missing from the evidence",
    "cpu_limit": "cpu_starve is drawn, which either backend can do",
    "memory_limit": "how little memory is too little differs between apps and machines",
    "oom_kill": "kill is drawn, which either backend can do",
    "disk_full": "it needs a disk of its own (stack.restate_disk_mb)",
    "dns_failure": "link_down is drawn, which either backend can do",
}


def _a_link(random: Random) -> Fields:
    return {"link": random.choice(LINKS)}


def _a_stream(random: Random) -> Fields:
    return {**_a_link(random), "stream": random.choice(STREAMS)}


def _a_process(random: Random) -> Fields:
    return {"target": random.choice(list(PROCESSES))}


def _an_operation(random: Random) -> Fields:
    """What every order that goes well is sure to ask for; the first attempt of some orders."""
    return {"on": random.choice(("charge", "mail")), "attempts": "1", "times": random.randint(1, 4)}


DRAWN: dict[str, Callable[[Random], Fields]] = {
    "latency": lambda random: {**_a_stream(random), "latency_ms": random.randint(100, 300)},
    "jitter": lambda random: {**_a_stream(random), "max_ms": random.randint(100, 200)},
    "bandwidth": lambda random: {**_a_stream(random), "rate_kb_per_s": random.randint(5, 10)},
    "slow_close": lambda random: {**_a_stream(random), "delay_ms": random.randint(100, 300)},
    "timeout": _a_link,
    "reset_peer": _a_stream,
    "slicer": lambda random: {**_a_stream(random), "size_bytes": random.randint(20, 50)},
    "limit_data": lambda random: {**_a_link(random), "limit_bytes": random.randint(20, 500)},
    "link_down": _a_link,
    "flapping": _a_link,
    "asymmetric": _a_link,
    "kill": _a_process,
    "terminate": lambda random: {**_a_process(random), "grace_s": 30},
    "restart": lambda random: {**_a_process(random), "down_ms": random.randint(0, 300)},
    "crash_loop": lambda random: {"target": random.choice((*ENDPOINTS, "gateway", "mailer")), "times": 2},
    "pause": _a_process,
    "disconnect": _a_process,
    "cpu_starve": lambda random: {**_a_process(random), "percent": random.randint(5, 20)},
    "clock_skew": lambda random: {"target": random.choice(ENDPOINTS), "ahead_s": random.choice((-60, 60))},
    "respond": lambda random: {**_an_operation(random), "status": random.choice((429, 500, 502, 503))},
    "delay": lambda random: {
        **_an_operation(random),
        "point": random.choice(POINTS),
        "delay_ms": random.randint(20, 200),
    },
    "hang": _an_operation,
    "hold": lambda random: {**_an_operation(random), "point": random.choice(POINTS)},
    "drop_before_effect": _an_operation,
    "drop_after_effect": _an_operation,
    "accept_then_fail": _an_operation,
    "slow_body": lambda random: {**_an_operation(random), "bytes_per_s": random.randint(200, 1_000)},
    "webhook": lambda random: {
        "attempts": "1",
        "times": random.randint(1, 4),
        **random.choice([{"deliver": name} for name in PROMPT] + [{"deliver": "late", "delay_ms": 200}]),
    },
    "deploy": lambda _: {},
    "unsigned_request": lambda random: {"times": random.randint(1, 3)},
}
HELD_ONLY = frozenset({"slicer", "bandwidth", "jitter", "slow_close", "crash_loop"})  # a short load may end before them
ON_TIME = frozenset({"clock_skew"})  # moves the end of short holds, which mixed loads have
ALONE = frozenset({"deploy", "unsigned_request"})  # on a stack of their own kind


def drawn_plan(seed: int, capabilities: Collection[str]) -> Plan:
    """The plan for a seed, with faults that a backend with these capabilities can do: always the same."""
    random = Random(f"generated/{seed}")
    able = sorted(name for name in DRAWN if name in FAULTS and FAULTS[name].needs <= frozenset(capabilities))
    seldom = [1 if name in ALONE else 4 for name in able]  # since a stack of its own takes a while to start
    first = drawn_fault(random, *random.choices(able, seldom))
    if first.fault in HELD_ONLY or (_place(first) in PROCESSES.values() and random.random() < 0.3):
        workload, steps = _held(random, first, able)
    else:
        workload, steps = _flowing(random, first, able)
    return Plan(
        name=f"soak_{seed}",
        story=f"Given orders, when {', then '.join(step.id for step in steps)}, then every promise holds.",
        seed=seed,
        workload=workload,
        steps=steps,
        stack=STACK.model_copy(update={"own": first.lasting, "identity": first.fault == "unsigned_request"}),
        deadline_s=60,
    )


class _Load(NamedTuple):
    workload: Workload
    steps: tuple[Step, ...]


def _flowing(random: Random, first: PlannedFault, able: Sequence[str]) -> _Load:
    """Faults in parallel, none of which masks another's effect."""
    faults = [first]
    for _ in range(0 if first.fault in ALONE else random.randint(0, 2)):
        another = drawn_fault(random, random.choice([name for name in able if name not in ALONE | HELD_ONLY]))
        if not any(_hides(another, fault) for fault in faults):
            faults.append(another)
    orders = 120 if first.fault == "deploy" else random.randint(24, 40)  # enough for some to come to what is deployed
    steps = []
    for number, fault in enumerate(faults, 1):
        name = f"{fault.fault}_{number}"
        when: Trigger = AtStart() if hasattr(fault, "on") else AfterOperations(count=random.randint(1, 5))
        steps.append(Step(id=name, fault=fault, when=when, until=_until(random, fault, name)))
    can_be_mixed = all(_place(fault) in MIXED_UNDER and fault.fault not in ON_TIME for fault in faults)
    if can_be_mixed and random.random() < 0.5:
        return _Load(Mixed(operations=2 * orders, seats=orders, rate_per_s=40), tuple(steps))
    hooked = any(fault.fault == "webhook" for fault in faults) or random.random() < 0.2
    ruled = any(hasattr(fault, "on") for fault in faults)  # an order that is declined shows nothing of most rules
    return _Load(
        Booking(
            orders=orders,
            seats=orders,
            clients=4,
            declined=0 if ruled else random.randint(0, 2),
            payment="webhook" if hooked else "direct",
            think_ms=20,
        ),
        tuple(sorted(steps, key=lambda step: step.when.trigger != "start")),
    )


def _held(random: Random, first: PlannedFault, able: Sequence[str]) -> _Load:
    """Faults one after another, the first perhaps in cycles, while every charge is held until the last is seen."""
    faults = [first]
    for _ in range(random.randint(0, 1)):
        another = drawn_fault(random, random.choice(able))
        if _place(another) in PROCESSES.values() and not _spends_the_load(faults[-1]):
            faults.append(another)
    steps: list[Step] = []
    for number, fault in enumerate(faults, 1):
        name = f"{fault.fault}_{number}"
        last = number == len(faults)
        steps.append(
            Step(
                id=name,
                fault=fault,
                after=steps[-1].id if steps else None,
                when=AtTime(at_s=0.05) if steps else HoldReached(step=HELD),
                until=AtTime(at_s=random.choice((0.1, 0.2, 0.4)))
                if fault.fault != "crash_loop"
                else EffectSeen(step=name),
                cycles=1 if last or fault.fault == "crash_loop" else random.randint(1, 2),
                quiet_s=0.1,
            )
        )
    hold = FAULTS["hold"].model_validate({"fault": "hold", "on": "charge", "point": random.choice(POINTS)})
    holding = Step(id=HELD, fault=hold, until=EffectSeen(step=steps[-1].id))
    return _Load(Booking(orders=24, seats=24, clients=4, think_ms=50), (holding, *steps))


def drawn_fault(random: Random, name: str) -> PlannedFault:
    """A fault of that name, with drawn values."""
    return FAULTS[name].model_validate({"fault": name, **DRAWN[name](random)})


def _place(fault: PlannedFault) -> str:
    """Where a fault breaks something: a link, or the one to its victim, or else what the gateway's rule is on."""
    if hasattr(fault, "target"):
        return PROCESSES[fault.target]
    return str(getattr(fault, "link", None) or getattr(fault, "on", fault.fault))


def _hides(one: PlannedFault, other: PlannedFault) -> bool:
    """Whether two faults are in the same place, or one may end the few attempts that the other's rule acts on."""
    cuts = {fault.fault in CUTTING and getattr(fault, "link", "") != "ingress" for fault in (one, other)}
    ruled = any(hasattr(fault, "on") for fault in (one, other))
    return _place(one) == _place(other) or (ruled and any(cuts))


def _spends_the_load(fault: PlannedFault) -> bool:
    """Whether operations end at once and without an answer while it is on: soon there are none left to come."""
    return _place(fault) == "ingress" and fault.fault in CUTTING


def _until(random: Random, fault: PlannedFault, name: str) -> Trigger:
    """Long enough to be met, and short enough for a plan to last seconds."""
    if fault.fault == "hold":
        return HoldReached(step=name)
    if fault.fault == "crash_loop":
        return EffectSeen(step=name)
    if _spends_the_load(fault):
        return AfterOperations(count=random.randint(2, 6))
    if _place(fault) in PROCESSES.values():
        return AtTime(at_s=random.choice((0.1, 0.2, 0.4)))
    return LoadEnded()
