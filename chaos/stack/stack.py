"""A Stack: what runs. Restate, its links, the fakes and the endpoint replicas, whichever backend started them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import httpx

from chaos.errors import BadInput, CannotDo, did_you_mean
from chaos.evidence.cluster import Cluster
from chaos.evidence.journal import JournalReader
from chaos.plan.spec import Modes, StackSpec
from chaos.stack.control import FakeControl
from chaos.stack.probe import Address
from chaos.stack.toxiproxy import ToxiproxyClient


def link_names(parties: Iterable[str]) -> tuple[str, ...]:
    """The links of a stack with these third parties."""
    return ("ingress", "endpoint", *parties)


class Target(Protocol):
    """Something that can die and come back: a process or a container."""

    name: str

    @property
    def is_wanted(self) -> bool:
        """Whether it should be running: it was started, and not ended for good."""

    async def exit_code(self) -> int | None:
        """Its exit code, or below 0 the signal that ended it; null while it runs."""

    async def kill(self) -> None:
        """Ends it at once (SIGKILL to its whole group) and returns when it is gone."""

    async def ask_to_end(self) -> None:
        """Asks it to end (SIGTERM), and returns at once."""

    async def ended(self, patience_s: float) -> None:
        """Returns when it is gone. Raises WaitTimedOut after `patience_s`."""

    async def start(self, *, ahead_s: float = 0) -> None:
        """Starts it (again) where its clients expect it, and returns when it is ready; if that fails, it is gone.

        Its wall clock is `ahead_s` seconds ahead (below 0: behind), if the stack has the capability "clock".
        """

    async def pause(self) -> None:
        """Stops it from running without ending it."""

    async def resume(self) -> None:
        """Lets it run again."""

    async def look(self) -> str:
        """What the operating system or Docker says about it: "gone", or "<pid>@<start time> <status>"."""


@runtime_checkable
class Contained(Target, Protocol):
    """A target that is a container, if the stack has the capability "container"."""

    async def cut_off(self) -> None:
        """Takes it off its network: connections go silent. Does nothing when it is already off."""

    async def rejoin(self) -> None:
        """Puts it back under the names it had. Does nothing when it is already on."""

    async def interfaces(self) -> int:
        """How many network interfaces the kernel shows in it, except loopback."""

    @property
    def host(self) -> str:
        """The name by which the others find it."""

    async def hide(self) -> None:
        """Makes its host name unresolvable; it stays on its network and keeps its connections."""

    async def unhide(self) -> None:
        """Makes its host name resolvable again. Does nothing when it already is."""

    async def limit_cpu(self, cpus: float | None) -> None:
        """Limits its processes together to that many CPUs; null: no limit."""

    async def limit_memory(self, mb: int | None) -> None:
        """Limits its memory to that many megabytes (2^20 bytes); null: no limit."""

    async def altered(self) -> list[str]:
        """One sentence for each thing that differs from how it was created, though it runs: name, network, limits."""

    async def run(self, *command: str) -> str:
        """What a command prints, run in it by the same user. Raises ChaosError if it fails or the container is down."""

    async def put(self, path: str, content: bytes) -> None:
        """Writes a file to where its data is kept, even while it does not run."""

    async def new_log(self) -> str:
        """What has been logged since the last start."""


@runtime_checkable
class Configurable(Target, Protocol):
    """A target that can be started with other settings, where the stack has the capability "settings"."""

    async def start_as(self, variables: Mapping[str, str]) -> None:
        """Starts it as `start` does, this once with these environment variables in place of its own."""

    async def environ(self) -> Mapping[str, str]:
        """The environment variables it runs with, as the operating system tells; none when it is gone."""


def contained(target: Target) -> Contained:
    """The target as a container. Raises BadInput when it is not one."""
    if not isinstance(target, Contained):
        raise BadInput(f"{target.name} is not a container", where="plan", next_step="use --chaos-backend docker")
    return target


class Deployments(Protocol):
    """The versions of the app that run side by side, each a Restate deployment with its own endpoints."""

    async def deploy(self, app: str, replicas: int) -> str:
        """Starts endpoints with an app and registers them, so that new invocations go there; returns Restate's id."""

    async def again(self, deployment_id: str) -> None:
        """Registers one of them once more, by its old address, for new invocations to go back there."""

    async def retire(self, deployment_id: str) -> None:
        """Removes a deployment that has nothing left to do, and ends its endpoints."""


@dataclass
class Stack:
    """A running system under test, and the means to break it and read it."""

    spec: StackSpec
    app: str
    backend: str
    modes: Modes
    folder: Path
    versions: Mapping[str, str]
    capabilities: frozenset[str]
    targets: Mapping[str, Target]
    toxiproxy: ToxiproxyClient
    links: Mapping[str, Address]  # name → where clients of the link connect
    deployments: Deployments
    ingress: Address  # Restate's ingress itself, not through its link
    admin: Address  # Restate's admin API
    parties: Mapping[str, FakeControl]  # the control planes of the third parties, by name
    journal: JournalReader
    http: httpx.AsyncClient
    stop: Callable[[], Awaitable[None]]
    logs: Callable[[], Awaitable[Mapping[str, Path]]]
    cluster: Cluster | None = None  # what Restate's nodes say about each other, if there are several
    log_bytes: Callable[[], int] = int  # how much Restate's write-ahead log holds; 0 without the capability "log"
    identity_key: str | None = None  # the public half of the key with which Restate signs its calls; null: unsigned
    mark: str = ""  # the end of every scope, if data of earlier sessions is still there
    runs: dict[str, int] = field(default_factory=dict)  # how often each plan has run here, to keep keys distinct
    known_cases: set[str] = field(default_factory=set)  # the ids of cases of every scenario that this stack has served
    links_repair: asyncio.Lock = field(default_factory=asyncio.Lock)  # held while Toxiproxy is being replaced
    retired: bool = False  # a scenario left it in doubt: the next one gets a new stack

    def target(self, name: str) -> Target:
        """The process target of that name. Raises BadInput, naming those that exist; CannotDo if it is several."""
        if name == "restate" and self.cluster:
            raise CannotDo(
                "Restate is several nodes, but the fault is for a single server",
                where="plan",
                allowed=", ".join(self.nodes),
                next_step="use --chaos-nodes 1",
            )
        if name not in self.targets:
            near = did_you_mean(name, self.targets)
            raise BadInput(f"no target {name!r}{near}", where="plan", allowed=", ".join(sorted(self.targets)))
        return self.targets[name]

    def named(self, name: str) -> list[Target]:
        """The targets of a name that may mean several: "endpoints", "restate", or "leader" with a single server.

        Raises BadInput as `target` does.
        """
        several = {"endpoints": self.endpoints, "restate": self.nodes, "leader": self.nodes}
        return [self.target(each) for each in several.get(name, [name])]

    def link(self, name: str) -> Address:
        """Where the link of that name listens. Raises BadInput, naming those that exist."""
        if name not in self.links:
            raise BadInput(
                f"no link {name!r}{did_you_mean(name, self.links)}", where="plan", allowed=", ".join(self.links)
            )
        return self.links[name]

    def party(self, name: str) -> FakeControl:
        """The control plane of the third party of that name. Raises BadInput, naming those that exist."""
        if name not in self.parties:
            allowed = ", ".join(self.parties) or "none: this stack has no third parties"
            raise BadInput(f"no third party {name!r}", where="plan", allowed=allowed)
        return self.parties[name]

    @property
    def endpoints(self) -> Sequence[str]:
        return [name for name in self.targets if name.startswith("endpoint-")]

    @property
    def nodes(self) -> Sequence[str]:
        """Restate's servers: "restate", or "restate-1" and so on."""
        return self.cluster.names if self.cluster else ["restate"]

    async def services(self) -> list[dict[str, Any]]:
        """What Restate says about the services it knows: name, ty ("Service", "VirtualObject", "Workflow"), handlers …

        Raises httpx.HTTPError when its admin API does not answer.
        """
        answer = (await self.http.get(f"{self.admin.url}/services")).raise_for_status()
        services: list[dict[str, Any]] = answer.json()["services"]
        return services

    def new_scope(self, plan: str) -> str:
        """The prefix of every key of one run: the same for the first run of a plan on any new stack."""
        self.runs[plan] = self.runs.get(plan, 0) + 1
        return "-".join(filter(None, [plan, str(self.runs[plan]), self.mark]))
