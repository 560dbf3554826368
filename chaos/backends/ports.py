"""Ports as the process backend needs them: which ones a process listens on, and one that is free."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

import psutil

from chaos.backends.managed import ManagedProcess
from chaos.waiting import NotYet

HOST = "127.0.0.1"


def listening_port(process: ManagedProcess) -> int:
    """The one port a just started process listens on. Raises NotYet while there is none."""
    ports = _listening_ports(process)
    if not ports:
        raise NotYet("it does not listen yet")
    return ports[0]


def listens_on(port: int) -> Callable[[ManagedProcess], Awaitable[None]]:
    """The ready condition of a program that says nothing of itself: it, or a child of it, listens on `port`."""

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
