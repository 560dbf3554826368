"""What a backend can do and what not, as `chaos faults --backend` says it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from chaos.backends.docker import DockerBackend
from chaos.backends.process import ProcessBackend
from chaos.cli.commands import app
from chaos.errors import BadInput
from chaos.plan.moments import Appending
from chaos.plan.step import FAULTS
from chaos.stack.capabilities import IN_WORDS, abilities


def test_every_capability_that_a_fault_or_a_backend_names_is_known_in_words() -> None:
    named = {need for fault in FAULTS.values() for need in fault.needs} | Appending.needs
    assert named | DockerBackend.capabilities() | ProcessBackend.capabilities() <= IN_WORDS.keys()


def test_what_can_be_done_and_why_not_the_rest() -> None:
    said = set(abilities(frozenset({"process"})))
    assert "can     kill" in said
    assert "cannot  oom_kill: it needs containers, each with its own network interface and control group" in said
    assert any(line.startswith("cannot  moment append: it needs Restate's write-ahead log") for line in said)
    everything = set(abilities(frozenset(IN_WORDS)))
    assert everything >= {f"can     {name}" for name in FAULTS} | {"can     moment append"}
    assert all(line.startswith("can ") for line in everything)


def test_the_command_asks_the_backend_that_is_named() -> None:
    docker = CliRunner().invoke(app, ["faults", "--backend", "docker"]).stdout
    process = CliRunner().invoke(app, ["faults", "--backend", "process"]).stdout
    assert "can     dns_failure\n" in docker
    assert "cannot  dns_failure: " in process
    assert "cannot  clock_skew: " in docker
    with pytest.raises(BadInput, match="no backend 'podman'"):
        CliRunner().invoke(app, ["faults", "--backend", "podman"], catch_exceptions=False)


def test_a_fault_that_any_backend_can_do_says_so() -> None:
    listed = CliRunner().invoke(app, ["faults"]).stdout
    assert "(needs nothing)" in listed.partition("\npurge\n")[2].partition("\nreset_peer\n")[0]
    assert "(needs )" not in listed
