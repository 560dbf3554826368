"""reconfigure: other settings while it lasts, seen in the environment of what serves, and then its own again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from chaos.errors import CannotDo
from chaos.evidence.faultlog import FaultLog, Injection
from chaos.faults import Reconfigure
from chaos.stack.stack import Stack

OWN = {"NEXUS_HOLD_MS": "900000", "NEXUS_RESTATE_INGRESS_URL": "http://link.test"}


class Endpoint:
    """A process with an environment; one that is deaf starts with its own whatever it is told."""

    name = "endpoint-0"
    is_wanted = True

    def __init__(self, *, deaf: bool = False) -> None:
        self._deaf = deaf
        self._runs_with: dict[str, str] | None = dict(OWN)

    async def look(self) -> str:
        return "gone" if self._runs_with is None else "1@1 running"

    async def kill(self) -> None:
        self._runs_with = None

    async def start(self, *, ahead_s: float = 0) -> None:
        self._runs_with = dict(OWN)

    async def start_as(self, variables: Mapping[str, str]) -> None:
        self._runs_with = OWN | ({} if self._deaf else dict(variables))

    async def environ(self) -> Mapping[str, str]:
        return self._runs_with or {}

    exit_code = ask_to_end = ended = pause = resume = look


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FaultLog]:
    log = FaultLog(tmp_path / "faults.jsonl")
    yield log
    log.close()


async def during(endpoint: object, log: FaultLog, **variables: str) -> Any:
    """What the endpoint runs with while the fault is on, and what was seen of it."""
    ingress = SimpleNamespace(url="http://ingress.test:1")
    stack = cast(Stack, SimpleNamespace(named=lambda _: [endpoint], cluster=None, ingress=ingress))
    fault = Reconfigure(target="endpoint-0", variables=variables)
    async with fault.inject(stack, Injection(log, "step", "reconfigure", "endpoint-0")):
        runs_with = await endpoint.environ()  # type: ignore[attr-defined]
    (seen,) = [event.observation for event in log.events if event.observation]
    return runs_with, seen


async def test_it_runs_with_the_plans_settings_and_then_with_its_own(log: FaultLog) -> None:
    endpoint = Endpoint()
    told = {"NEXUS_HOLD_MS": "5", "NEXUS_RESTATE_INGRESS_URL": "{ingress}"}
    runs_with, seen = await during(endpoint, log, **told)
    assert runs_with == {"NEXUS_HOLD_MS": "5", "NEXUS_RESTATE_INGRESS_URL": "http://ingress.test:1"}
    assert (seen.before, seen.during, seen.shows_effect) == (0, 1, True)
    assert await endpoint.environ() == OWN


async def test_settings_that_do_not_reach_it_are_not_seen(log: FaultLog) -> None:
    _, seen = await during(Endpoint(deaf=True), log, NEXUS_HOLD_MS="5")
    assert (seen.during, seen.shows_effect) == (0, False)


async def test_what_it_runs_with_already_is_no_change(log: FaultLog) -> None:
    _, seen = await during(Endpoint(), log, NEXUS_HOLD_MS="900000")
    assert not seen.shows_effect


async def test_what_has_no_settings_is_left_alone(log: FaultLog) -> None:
    async def look() -> str:
        return "1@1 running"

    with pytest.raises(CannotDo, match="cannot be started with other settings"):
        await during(SimpleNamespace(name="endpoint-0", look=look), log, NEXUS_HOLD_MS="5")
    assert log.events == []


@pytest.mark.parametrize("variables", [{}, {"hold_ms": "5"}, {"A": "b\nc"}, {"A": 5}])
def test_what_cannot_be_is_refused(variables: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Reconfigure(target="endpoint-0", variables=variables)
