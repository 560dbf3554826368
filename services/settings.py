"""Settings of the booking system, read once per process from NEXUS_ environment variables."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.schema import HoldMs


def _without_slash(url: str) -> str:
    return str(HttpUrl(url)).rstrip("/")


def _split(keys: object) -> object:
    """Empty means none. What is not empty and names none was meant otherwise: it must not open the endpoint to all."""
    if not isinstance(keys, str):
        return keys
    named = tuple(key.strip() for key in keys.split(",") if key.strip())
    if keys and not named:
        raise ValueError("names no key")
    return named


Url = Annotated[str, AfterValidator(_without_slash)]


class Settings(BaseSettings):
    """What an operator may set; each field is the variable of the same name with NEXUS_ before it."""

    model_config = SettingsConfigDict(env_prefix="NEXUS_", frozen=True)

    gateway_url: Url
    mailer_url: Url
    restate_ingress_url: Url = "http://127.0.0.1:8080"  # where the gateway sends its webhooks
    hold_ms: HoldMs = 900_000
    retry_initial_ms: int = Field(1_000, ge=1)
    retry_factor: float = Field(2.0, ge=1)
    retry_max_ms: int = Field(10_000, ge=1)
    compensation_attempts: int = Field(20, ge=1)  # the first one included
    attempt_timeout_s: float = Field(5.0, gt=0)
    payment_timeout_s: int = Field(300, ge=1)  # how long webhook mode waits
    session_idle_ms: int = Field(1_800_000, ge=1)
    signup_timeout_s: int = Field(3_600, ge=1)
    identity_keys: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = ()

    @property
    def retry_initial(self) -> timedelta:
        return timedelta(milliseconds=self.retry_initial_ms)

    @property
    def retry_max(self) -> timedelta:
        return timedelta(milliseconds=self.retry_max_ms)


@cache
def settings() -> Settings:
    """The settings of this process. Raises pydantic's ValidationError, naming the field, if they cannot be used."""
    return Settings()
