"""What a plan runs on: the stack it needs, the settings it chooses, and how Restate drives the app."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chaos.model import Frozen

AppName = Annotated[str, Field(pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*|cmd:.*\{port\}.*)$")]
Protocol = Literal["bidi", "request_response"]
Nodes = Literal[1, 3]
HOUR_MS = 3_600_000
YEAR_S = 366 * 24 * 3_600
CENTURY_MS = 100 * YEAR_S * 1_000


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
