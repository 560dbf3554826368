"""The contract's settings that a plan may choose; the app is told of them as NEXUS_ environment variables."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from chaos import Settings
from chaos.evidence.record import Record

HOUR_MS = 3_600_000
YEAR_S = 366 * 24 * 3_600
CENTURY_MS = 100 * YEAR_S * 1_000


class BookingSettings(Settings):
    """How long holds, retries and time-outs are. Times end in their unit."""

    model_config = ConfigDict(extra="forbid")

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


def settings_of(record: Record) -> BookingSettings:
    """Those of a run."""
    return BookingSettings.model_validate(record.meta.settings.model_dump())
