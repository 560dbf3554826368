"""The endpoint groups of a process stack: replicas that share a port behind a link, a deployment to Restate."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path

import httpx

from chaos.backends.managed import PYTHON, ManagedProcess, says_ready, start_all
from chaos.backends.ports import HOST, free_port, listens_on
from chaos.backends.registration import PATIENCE_S, register
from chaos.plan import Protocol
from chaos.stack import Address


class Deployments:
    """Starts, registers and retires the versions of the app that one stack runs, the first of them included.

    The first group's link and processes are named "endpoint" and "endpoint-N", the second's "endpoint_v2" and
    "endpoint_v2-N". What is started goes into `processes`; `reserve` keeps a port, `link` makes a link to an address.
    """

    def __init__(
        self,
        *,
        processes: MutableMapping[str, ManagedProcess],
        environment: Mapping[str, str],
        folder: Path,
        admin: Address,
        http: httpx.AsyncClient,
        protocol: Protocol,
        reserve: Callable[[], int],
        link: Callable[[str, Address], Awaitable[Address]],
    ) -> None:
        self._processes = processes
        self._environment = environment
        self._folder = folder
        self._admin = admin
        self._http = http
        self._protocol = protocol
        self._reserve = reserve
        self._link = link
        self._groups: dict[str, list[ManagedProcess]] = {}  # by deployment id
        self._started = 0

    async def deploy(self, app: str, replicas: int) -> str:
        """Starts `replicas` endpoints with an app and registers them: new invocations go there from now on.

        Of a command there is one replica: it may not be able to share its port. Returns the deployment's id. Raises
        StartFailed, or BadInput when the app does not keep the contract.
        """
        self._started += 1
        name = "endpoint" if self._started == 1 else f"endpoint_v{self._started}"
        any_program = app.startswith("cmd:")  # it need not be able to share its port: one replica
        port = free_port() if any_program else self._reserve()
        group = [self._replica(f"{name}-{number}", app, port) for number in range(1 if any_program else replicas)]
        self._processes.update({process.name: process for process in group})
        await start_all(group)
        address = await self._link(name, Address(HOST, port))
        deployment_id = await register(
            self._http, self._admin.url, address.url, app=app, protocol=self._protocol, log=group[0].log_tail()
        )
        self._groups[deployment_id] = group
        return deployment_id

    async def retire(self, deployment_id: str) -> None:
        """Removes a deployment from Restate and ends its endpoints. Raises httpx.HTTPError when Restate refuses."""
        url = f"{self._admin.url}/deployments/{deployment_id}"
        (await self._http.delete(url, params={"force": "true"}, timeout=PATIENCE_S)).raise_for_status()
        for process in self._groups.pop(deployment_id):
            await process.retire()

    def _replica(self, name: str, app: str, port: int) -> ManagedProcess:
        if app.startswith("cmd:"):
            command, ready = shlex.split(app.removeprefix("cmd:").replace("{port}", str(port))), listens_on(port)
        else:
            command, ready = [*PYTHON, "-m", "chaos.backends.endpoint", app, "--port", str(port)], says_ready
        return ManagedProcess(name, command, self._environment, self._folder / f"{name}.log", ready)
