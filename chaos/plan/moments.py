"""Triggers as plans name them: what a step waits for before its fault is injected, and before it is healed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import BeforeValidator, Field

from chaos.errors import unknown
from chaos.model import Frozen

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class Moment(Frozen):
    """What a step can wait for."""

    needs: ClassVar[frozenset[str]] = frozenset()  # capabilities a backend must have


class AtStart(Moment):
    """As soon as the load starts (`when`) or the fault is injected (`until`)."""

    trigger: Literal["start"] = "start"


class AtTime(Moment):
    """`at_s` seconds after the load started (`when`) or after the fault was injected (`until`)."""

    trigger: Literal["time"] = "time"
    at_s: Seconds


class AfterOperations(Moment):
    """When `count` operations of the load have ended (`until`: since the fault was injected)."""

    trigger: Literal["operations"] = "operations"
    count: int = Field(ge=1, le=1_000_000)


class HoldReached(Moment):
    """When a rule set by step `step` holds an attempt."""

    trigger: Literal["hold"] = "hold"
    step: Name


class RuleHits(Moment):
    """When the rule set by step `step` has acted `count` times."""

    trigger: Literal["hits"] = "hits"
    step: Name
    count: int = Field(default=1, ge=1, le=1_000_000)


class JournalState(Moment):
    """When an invocation of `service`/`handler` has an open run block named `run`: begun, but not yet journaled.

    Without `service` or `handler`, any matches. With `operation` it must be the invocation of that operation of the
    load, counted from 0. A block that is open for only a few milliseconds may be missed: hold it open with a rule.
    """

    trigger: Literal["journal"] = "journal"
    service: str | None = None
    handler: str | None = None
    run: str
    operation: int | None = Field(default=None, ge=0)


class EffectSeen(Moment):
    """When the effect of step `step` has been measured: for a rule only when it heals, for other faults soon."""

    trigger: Literal["seen"] = "seen"
    step: Name


class BackingOff(Moment):
    """When Restate reports an invocation, of `service` if one is named, backing off after `retries` failed attempts."""

    trigger: Literal["backing_off"] = "backing_off"
    service: str | None = None
    retries: int = Field(default=1, ge=1, le=1_000_000)


class Appending(Moment):
    """When Restate's write-ahead log was just seen growing while operations were under way: mid-append."""

    trigger: Literal["append"] = "append"

    needs: ClassVar[frozenset[str]] = frozenset({"log"})


class NodesLost(Moment):
    """When `count` of Restate's nodes are dead according to the others: their own failure detector has noticed."""

    trigger: Literal["nodes_lost"] = "nodes_lost"
    count: int = Field(default=1, ge=1, le=9)

    needs: ClassVar[frozenset[str]] = frozenset({"cluster"})


class ClusterWhole(Moment):
    """When every Restate node says that all nodes are alive and that each partition has one leader."""

    trigger: Literal["whole"] = "whole"

    needs: ClassVar[frozenset[str]] = frozenset({"cluster"})


class LoadEnded(Moment):
    """When the load has ended: every operation has been answered, or has ended as `info`."""

    trigger: Literal["end"] = "end"


AnyMoment = (
    AtStart
    | AtTime
    | AfterOperations
    | HoldReached
    | RuleHits
    | EffectSeen
    | JournalState
    | BackingOff
    | Appending
    | NodesLost
    | ClusterWhole
    | LoadEnded
)
TRIGGERS: dict[str, type[Moment]] = {kind.model_fields["trigger"].default: kind for kind in get_args(AnyMoment)}


def _known(value: object) -> object:
    """Refuses an unknown trigger with the nearest name and those that are allowed, which pydantic's error lacks."""
    if isinstance(value, Mapping) and "trigger" in value:
        name = value["trigger"]
        if not isinstance(name, str) or name not in TRIGGERS:
            raise ValueError(unknown("trigger", name, TRIGGERS))
    return value


Trigger = Annotated[AnyMoment, Field(discriminator="trigger"), BeforeValidator(_known)]
