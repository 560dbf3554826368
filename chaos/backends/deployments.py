"""The endpoint groups of a stack: replicas that share an address behind a link; to Restate, one deployment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol as TypingProtocol

import httpx

from chaos.backends.registration import PATIENCE_S, discover, register
from chaos.plan.spec import Protocol
from chaos.stack.probe import Address
from chaos.stack.stack import Target
from chaos.system.system import System


class Replica(Target, TypingProtocol):
    """One endpoint of a group."""

    async def retire(self) -> None:
        """Ends it for good."""

    async def log_tail(self) -> str:
        """The last lines it logged."""


Launch = Callable[[str, str, int], Awaitable[tuple[Sequence[Replica], Address]]]
"""Starts endpoints: the group, the app, how many. Returns the endpoints, and where they listen."""


class Deployments:
    """Starts, registers and retires the versions of the app that one stack runs, the first of them included.

    The first group's link and endpoints are named "endpoint" and "endpoint-N", the second's "endpoint_v2" and
    "endpoint_v2-N". `link` creates a link of that name to an address, and returns where Restate finds it.
    """

    def __init__(
        self,
        *,
        launch: Launch,
        link: Callable[[str, Address], Awaitable[Address]],
        admin: Address,
        http: httpx.AsyncClient,
        protocol: Protocol,
        system: System,
    ) -> None:
        self._launch = launch
        self._link = link
        self._admin = admin
        self._http = http
        self._protocol = protocol
        self._system = system
        self._groups: dict[str, Sequence[Replica]] = {}  # by deployment id
        self._addresses: dict[str, Address] = {}  # likewise: where Restate finds it
        self._started = 0

    async def deploy(self, app: str, replicas: int) -> str:
        """Starts `replicas` endpoints with an app and registers them: from then on, new invocations go there.

        Returns the deployment's id. Raises StartFailed, or BadInput when the app lacks handlers of its system.
        """
        self._started += 1
        name = "endpoint" if self._started == 1 else f"endpoint_v{self._started}"
        group, upstream = await self._launch(name, app, replicas)
        address = await self._link(name, upstream)
        deployment_id = await register(
            self._http,
            self._admin.url,
            address.url,
            app=app,
            system=self._system,
            protocol=self._protocol,
            log=await group[0].log_tail(),
        )
        self._groups[deployment_id], self._addresses[deployment_id] = group, address
        return deployment_id

    async def again(self, deployment_id: str) -> None:
        """Registers a deployment that is there once more, by its old address: new invocations go there from now on."""
        url = self._addresses[deployment_id].url
        await discover(self._http, self._admin.url, url, app=deployment_id, protocol=self._protocol, again=True)

    async def retire(self, deployment_id: str) -> None:
        """Removes a deployment from Restate and ends its endpoints. Raises httpx.HTTPError when Restate refuses."""
        url = f"{self._admin.url}/deployments/{deployment_id}"
        (await self._http.delete(url, params={"force": "true"}, timeout=PATIENCE_S)).raise_for_status()
        for replica in self._groups.pop(deployment_id):
            await replica.retire()
