"""Modes of a session: what cannot be one is refused, and each is written as the options that choose it again."""

from __future__ import annotations

import pytest

from chaos.errors import BadInput
from chaos.plan import Modes
from chaos.session import modes


@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        (Modes(), []),
        (Modes(always_replay=True), ["--chaos-always-replay"]),
        (Modes(protocol="request_response"), ["--chaos-protocol", "request_response"]),
        (
            Modes(always_replay=True, protocol="request_response"),
            ["--chaos-always-replay", "--chaos-protocol", "request_response"],
        ),
    ],
)
def test_modes_are_written_as_the_options_that_choose_them(chosen: Modes, options: list[str]) -> None:
    assert chosen.options("--chaos-") == options
    assert modes(chosen.always_replay, chosen.protocol) == chosen


def test_an_unknown_protocol_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"no protocol 'http2'\n  allowed: bidi, request_response"):
        modes(False, "http2")
