"""How long hypothesis looks for what is wrong, and how long it is given to find what was planted."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from restate import TerminalError

LOOKS = settings(max_examples=100, stateful_step_count=40, deadline=None)
FINDS = settings(
    LOOKS,
    max_examples=2_000,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def assert_noticed(machine: type[RuleBasedStateMachine]) -> None:
    """The machine fails, as it has to where something wrong is planted; no example is made smaller."""
    with pytest.raises((AssertionError, TerminalError, pytest.fail.Exception)):
        run_state_machine_as_test(machine, settings=FINDS)
