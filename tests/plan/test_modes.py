"""Modes of a session: what cannot be one is refused, and each is written as the options that choose it again."""

from __future__ import annotations

import pytest

from chaos.errors import BadInput
from chaos.plan.spec import Modes
from chaos.session import modes


@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        (Modes(), []),
        (Modes(always_replay=True), ["--chaos-always-replay"]),
        (Modes(protocol="request_response"), ["--chaos-protocol", "request_response"]),
        (Modes(nodes=3), ["--chaos-nodes", "3"]),
        (
            Modes(always_replay=True, protocol="request_response", nodes=3),
            ["--chaos-always-replay", "--chaos-protocol", "request_response", "--chaos-nodes", "3"],
        ),
    ],
)
def test_modes_are_written_as_the_options_that_choose_them(chosen: Modes, options: list[str]) -> None:
    assert chosen.options("--chaos-") == options
    assert modes(chosen.always_replay, chosen.protocol, str(chosen.nodes)) == chosen


def test_an_unknown_protocol_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"no protocol 'http2'\n  allowed: bidi, request_response"):
        modes(False, "http2")


@pytest.mark.parametrize("nodes", ["2", "0", "-1", "x", "", "3.0", "03"])
def test_a_number_of_nodes_that_is_not_offered_is_bad_input(nodes: str) -> None:
    with pytest.raises(BadInput, match=r"nodes: .* is not a supported number of nodes\n  allowed: 1 or 3"):
        modes(False, "bidi", nodes)


def test_only_several_nodes_are_a_cluster() -> None:
    assert Modes().capabilities == frozenset()
    assert Modes(nodes=3).capabilities == {"cluster"}
