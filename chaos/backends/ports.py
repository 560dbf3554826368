"""Ports as the process backend needs them: which ones a process listens on, and how to find free ones."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from random import SystemRandom

import psutil

from chaos.backends.managed import ManagedProcess
from chaos.errors import StartFailed
from chaos.waiting import NotYet

HOST = "127.0.0.1"
QUIET = range(20_000, 32_000)  # below the range from which the kernel assigns ports


def listening_port(process: ManagedProcess) -> int:
    """The one port that a newly started process listens on. Raises NotYet while there is none."""
    ports = _listening_ports(process)
    if not ports:
        raise NotYet("it does not listen yet")
    return ports[0]


def listens_on(port: int) -> Callable[[ManagedProcess], Awaitable[None]]:
    """The ready condition of a program that reports nothing itself: it, or a child of it, listens on `port`."""

    async def ready(process: ManagedProcess) -> None:
        if port not in _listening_ports(process):
            raise NotYet(f"it does not listen on port {port} yet")

    return ready


def free_port() -> int:
    """A port that was free a moment ago, for a program that cannot share a reserved one."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def quiet_ports(count: int) -> list[int]:
    """Free ports that the kernel never assigns by itself: whatever is restarted finds its own port still free."""
    found: list[int] = []
    for port in SystemRandom().sample(QUIET, len(QUIET)):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise StartFailed("the stack", f"fewer than {count} ports are free from {QUIET.start} to {QUIET.stop - 1}")


def _listening_ports(process: ManagedProcess) -> list[int]:
    try:
        parent = psutil.Process(process.pid)
        family = [parent, *parent.children(recursive=True)]
        return [
            connection.laddr.port
            for member in family
            for connection in member.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        ]
    except psutil.Error:
        return []
