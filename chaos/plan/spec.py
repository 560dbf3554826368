"""What a plan runs on: the stack it needs, the settings it chooses, and how Restate calls the app."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, SerializeAsAny

from chaos.model import Frozen

AppName = Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*|cmd:.*\{port\}.*)$")]
Protocol = Literal["bidi", "request_response"]
Nodes = Literal[1, 3]


class Settings(Frozen):
    """The app settings that a plan may choose. Each system has a subclass with names, bounds and defaults.

    This base accepts any, because a plan is read before it is known which system it is for.
    """

    model_config = ConfigDict(extra="allow")

    def environment(self) -> dict[str, str]:
        """The environment variables that pass these settings to the app."""
        return {}


class StackSpec(Frozen):
    """What a plan needs to run on. Plans with equal specs share a stack, unless `own` asks for one of its own."""

    endpoints: int = Field(default=2, ge=1, le=16)
    settings: SerializeAsAny[Settings] = Settings()
    own: bool = False
    identity: bool = False  # Restate signs its calls, and the app is told to accept no others
    app: AppName | None = None  # what runs at first: an older version of the system's own app, or --chaos-older-app
    restate_disk_mb: int | None = Field(default=None, ge=32, le=16_384)  # Restate's own disk; null: it has none

    @property
    def needs(self) -> frozenset[str]:
        """The capabilities that a backend must have."""
        return frozenset({"disk"} if self.restate_disk_mb else ())


class Modes(Frozen):
    """How Restate calls the app. Chosen for a whole session; no plan may depend on it.

    `always_replay`: every await suspends the invocation; when it resumes, its journal is replayed.
    `protocol`: a stream in both directions (HTTP/2), or one request and one response at a time (HTTP/1.1).
    `nodes`: one Restate server, or three that replicate everything to two of them.
    """

    always_replay: bool = False
    protocol: Protocol = "bidi"
    nodes: Nodes = 1

    @property
    def capabilities(self) -> frozenset[str]:
        """The capabilities that these modes provide to faults and triggers."""
        return frozenset({"cluster"}) if self.nodes > 1 else frozenset()

    def options(self, prefix: str = "--") -> list[str]:
        """The command-line options that choose these modes; none for the defaults."""
        replaying = [f"{prefix}always-replay"] if self.always_replay else []
        protocol = [f"{prefix}protocol", self.protocol] if self.protocol != "bidi" else []
        return replaying + protocol + ([f"{prefix}nodes", str(self.nodes)] if self.nodes > 1 else [])
