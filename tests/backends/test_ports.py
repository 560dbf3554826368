"""Ports for what cannot keep one: free, different, and not from where the kernel takes its own."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from chaos.backends import ports
from chaos.backends.ports import HOST, QUIET, quiet_ports
from chaos.errors import StartFailed

RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_they_are_free_and_different() -> None:
    found = quiet_ports(20)
    assert len(set(found)) == 20
    assert set(found) <= set(QUIET)


@pytest.mark.skipif(not RANGE.exists(), reason="this system does not say which ports it gives away")
def test_the_kernel_gives_them_to_nobody() -> None:
    first, last = map(int, RANGE.read_text("ascii").split())
    assert not set(QUIET) & set(range(first, last + 1))


def test_a_port_that_is_taken_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        (port,) = quiet_ports(1)
        taken.bind((HOST, port))
        monkeypatch.setattr(ports, "QUIET", range(port, port + 1))
        with pytest.raises(StartFailed, match="fewer than 1"):
            quiet_ports(1)
