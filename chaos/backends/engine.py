"""The one place that talks to Docker Engine, through its SDK: containers, networks, volumes.

The SDK blocks, so each call runs in a thread; what the engine refuses becomes an error that a person can act on.
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
import tarfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from chaos.backends.docker_sdk import WHERE, sdk
from chaos.errors import BadInput, ChaosError, StartFailed
from chaos.waiting import NotYet, until

if TYPE_CHECKING:
    import docker

T = TypeVar("T")
RUN = "nexus-chaos.run"  # the label of everything that a run creates in Docker
SCRATCH = "nexus-chaos.scratch"  # this label names the run's folder, which says whether the run is alive
OLDEST_API = (1, 41)  # Engine 20.10
NEEDED_MB = 1_000  # what a stack of two endpoints takes, with some to spare
PATIENCE_S = 60
CPU_PERIOD_US = 100_000
NO_LIMIT = 2**63 - 4096  # what the kernel itself reports when memory is not limited
USER = 10001  # as in the Dockerfile
LOOPBACK = "127.0.0.1"
UNIX = "http+unix://"
END = "\0"
MARKING_ITS_END = ("sh", "-c", '"$@"; code=$?; printf "\\000"; exit $code', "sh")


class EngineRefused(ChaosError):
    """The engine did not do what it was asked; says what and why."""


@dataclass(frozen=True)
class Blueprint:
    """What a container is created from. `ports` are published on loopback, each under its own number."""

    name: str
    image: str
    network: str
    aliases: Sequence[str]
    labels: Mapping[str, str]
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[int, int] = field(default_factory=dict)
    entrypoint: Sequence[str] | None = None
    folder: str | None = None  # its working directory; Python looks there first
    volumes: Mapping[str, str] = field(default_factory=dict)  # volume → where it is mounted
    sources: Mapping[Path, str] = field(default_factory=dict)  # folder on this machine → where it can be read


class Engine:
    """Docker Engine, as the environment names it (DOCKER_HOST, or the default socket)."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client
        self._api = client.api
        self.version = ""

    @classmethod
    async def connect(cls) -> Engine:
        """Raises BadInput when there is no engine, access is denied, it is too old, or it has too little memory."""
        return await asyncio.to_thread(cls._connect)

    @classmethod
    def _connect(cls) -> Engine:
        client = connect()
        engine = cls(client)
        try:
            engine.version = _checked_version(client)
            _check_memory(client)
        except BaseException:
            client.close()
            raise
        return engine

    async def close(self) -> None:
        await asyncio.to_thread(self._client.close)

    async def make_network(self, name: str, labels: Mapping[str, str]) -> None:
        await self._call(
            f"making network {name}", self._api.create_network, name, labels=dict(labels), check_duplicate=True
        )

    async def make_volume(self, name: str, labels: Mapping[str, str], size_mb: int | None = None) -> None:
        """A volume on this machine's disk; with a size, one of that size in memory that lasts while in use."""
        in_memory = {"type": "tmpfs", "device": "tmpfs", "o": f"size={size_mb}m,mode=700,uid={USER},gid={USER}"}
        options = in_memory if size_mb else None
        await self._call(
            f"making volume {name}", self._api.create_volume, name, labels=dict(labels), driver_opts=options
        )

    async def make_container(self, made_from: Blueprint) -> str:
        """Creates a container, hardened as in docker-compose.chaos.yml, and returns its id. It does not run yet."""
        return await self._call(f"making container {made_from.name}", partial(_create, self._api, made_from))

    async def start(self, container: str) -> None:
        await self._call(f"starting container {container}", self._api.start, container)

    async def kill(self, container: str, signal: str = "SIGKILL") -> None:
        """Sends a signal to its first process; SIGKILL ends all of them. Does nothing when it is not running."""
        try:
            await self._call(f"killing container {container}", self._api.kill, container, signal)
        except EngineRefused:
            if (await self.state(container))["Running"]:
                raise

    async def pause(self, container: str) -> None:
        await self._call(f"pausing container {container}", self._api.pause, container)

    async def unpause(self, container: str) -> None:
        await self._call(f"resuming container {container}", self._api.unpause, container)

    async def disconnect(self, container: str, network: str) -> None:
        """Takes a container off a network. Does nothing when it is not on it."""
        if network in await self._networks(container):
            doing = f"taking container {container} off {network}"
            await self._call(doing, self._api.disconnect_container_from_network, container, network)

    async def connect_to(self, container: str, network: str, aliases: Sequence[str]) -> None:
        """Puts a container on a network under these names. Does nothing when it is already on it."""
        if network not in await self._networks(container):
            doing = f"putting container {container} on {network}"
            await self._call(doing, self._api.connect_container_to_network, container, network, aliases=list(aliases))

    async def rename(self, container: str, name: str) -> None:
        """Renames it: on its networks the new name resolves, the old one does not; connections and aliases stay."""
        await self._call(f"renaming container {container}", self._api.rename, container, name)

    async def limit_cpu(self, container: str, cpus: float | None) -> None:
        """Limits its processes together to that many CPUs from now on; null: no limit."""
        quota = round(cpus * CPU_PERIOD_US) if cpus else -1
        await self._update(container, cpu_period=CPU_PERIOD_US, cpu_quota=quota)

    async def limit_memory(self, container: str, bytes_: int | None) -> None:
        """Limits its memory, swap included, from now on; null: no limit."""
        await self._update(container, mem_limit=bytes_ or NO_LIMIT, memswap_limit=bytes_ or NO_LIMIT)

    async def _update(self, container: str, **limits: int) -> None:
        await self._call(f"limiting container {container}", partial(self._api.update_container, container, **limits))

    async def _networks(self, container: str) -> Collection[str]:
        networks: dict[str, Any] = (await self.inspect(container))["NetworkSettings"]["Networks"]
        return networks

    async def inspect(self, container: str) -> dict[str, Any]:
        """Everything the engine says about a container."""
        found: dict[str, Any] = await self._call(
            f"looking at container {container}", self._api.inspect_container, container
        )
        return found

    async def containers(self, labels: Mapping[str, str], *, all_: bool = False) -> dict[str, dict[str, str]]:
        """The running (with `all_`: existing) containers with these labels; an empty value matches any: id → labels."""
        filters = {"label": _wanted(labels)}
        found = await self._call("looking for containers", partial(self._api.containers, all=all_, filters=filters))
        return {each["Id"]: each["Labels"] for each in found}

    async def name(self, container: str) -> str:
        return str((await self.inspect(container))["Name"]).removeprefix("/")

    async def state(self, container: str) -> dict[str, Any]:
        """What the engine says about a container's state: Running, Paused, Pid, StartedAt, ExitCode …"""
        state: dict[str, Any] = (await self.inspect(container))["State"]
        return state

    async def log(self, container: str) -> bytes:
        """Everything it has logged since it was created, across all starts."""
        log: bytes = await self._call(f"reading the log of container {container}", self._api.logs, container)
        return log

    async def put_file(self, container: str, path: str, content: bytes) -> None:
        """Writes a file, owned by the images' user and readable by nobody else, to a volume of a created container."""
        folder, _, name = path.rpartition("/")
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o600, USER, USER
            tar.addfile(entry, io.BytesIO(content))
        await self._call(f"writing {path}", self._api.put_archive, container, folder, archive.getvalue())

    async def run_in(self, container: str, command: Sequence[str]) -> str:
        """What a command prints in a running container. Raises EngineRefused when it fails.

        The engine sometimes loses the output (docker/docker-py#2042), and empty output is valid too: so the end is
        marked, and a command whose end was not seen is run again. It must therefore be safe to repeat.
        """
        doing = f"running {command[0]} in container {container}"

        def run() -> tuple[int, str]:
            made = self._api.exec_create(container, [*MARKING_ITS_END, *command])
            printed: bytes = self._api.exec_start(made["Id"])
            return self._api.exec_inspect(made["Id"])["ExitCode"], printed.decode("utf-8", "replace")

        async def whole() -> str:
            code, text = await self._call(doing, run)
            if code:
                raise EngineRefused(f"{doing}: exit code {code}: {text[-500:].replace(END, '')}")
            if END not in text:
                raise NotYet(f"exit code {code}, without the end of what it printed")
            return text.replace(END, "")

        return await until(whole, f"all that {command[0]} prints in container {container}", PATIENCE_S)

    async def left(self, labels: Mapping[str, str]) -> list[str]:
        """What exists with these labels."""
        return list(await self._call("looking for what is left", partial(labelled, self._client, labels)))

    async def remove(self, labels: Mapping[str, str]) -> None:
        """Ends and removes every container, network and volume with these labels."""
        await self._call("removing what was made", partial(remove, self._client, labels))

    async def _call(self, doing: str, function: Callable[..., T], *args: object, **options: object) -> T:
        """Runs it in a thread; a cancelled task first waits for its end, so that nothing is created behind its back."""
        call = asyncio.ensure_future(asyncio.to_thread(partial(function, *args, **options)))
        try:
            return await asyncio.shield(call)
        except asyncio.CancelledError:
            await asyncio.gather(call, return_exceptions=True)
            raise
        except sdk().errors.ImageNotFound as error:
            raise BadInput(
                f"{doing}: {error.explanation}", where=WHERE, next_step="make docker-images builds what is missing"
            ) from None
        except sdk().errors.APIError as error:
            raise _refusal(doing, error) from None
        except sdk().errors.DockerException as error:
            raise EngineRefused(f"{doing}: {error}") from error


def connect() -> docker.DockerClient:
    """A client of the engine. Raises BadInput when there is no engine, or access is denied."""
    package = sdk()
    try:
        _knock(package.utils.parse_host(os.environ.get("DOCKER_HOST")))
        return package.from_env(timeout=PATIENCE_S)
    except (package.errors.DockerException, OSError) as error:
        said = str(error)
        if "PermissionError" in said or "Permission denied" in said:
            next_step = "run as a user with access (on Linux: in the group docker, or root)"
        else:
            next_step = "start the engine, or name it in DOCKER_HOST; --chaos-backend process needs none"
        raise BadInput(f"Docker's engine cannot be reached: {said}", where=WHERE, next_step=next_step) from None


def _knock(host: str) -> None:
    """Raises OSError when nobody listens on a local socket: the SDK would leave its own end of it open."""
    if host.startswith(UNIX):
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(host.removeprefix(UNIX))


def labelled(client: docker.DockerClient, labels: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What exists with these labels, where an empty value matches any: "container NAME", "network NAME" … → labels."""
    wanted = {"label": _wanted(labels)}
    containers = client.containers.list(all=True, filters=wanted, ignore_removed=True)  # others remove theirs meanwhile
    found = {f"container {each.name}": each.labels for each in containers}
    found |= {f"network {each.name}": each.attrs["Labels"] for each in client.networks.list(filters=wanted)}
    found |= {f"volume {each.name}": each.attrs["Labels"] for each in client.volumes.list(filters=wanted)}
    return found


def _wanted(labels: Mapping[str, str]) -> list[str]:
    return [f"{key}={value}" if value else key for key, value in labels.items()]


def remove(client: docker.DockerClient, labels: Mapping[str, str]) -> list[str]:
    """Ends and removes everything with these labels, containers first; returns the names."""
    names = list(labelled(client, labels))
    removers: dict[str, Callable[[str], object]] = {
        "container": partial(client.api.remove_container, force=True, v=True),
        "network": client.api.remove_network,
        "volume": partial(client.api.remove_volume, force=True),
    }
    for kind, name in (each.split(" ", 1) for each in names):
        try:
            removers[kind](name)
        except sdk().errors.NotFound:
            continue
    return names


def _checked_version(client: docker.DockerClient) -> str:
    said = client.version()
    version, api = str(said["Version"]), str(said["ApiVersion"])
    if tuple(map(int, api.split("."))) < OLDEST_API:
        raise BadInput(f"engine {version} speaks API {api} only", where=WHERE, allowed="Docker Engine 20.10 or newer")
    return version


def _check_memory(client: docker.DockerClient) -> None:
    has_mb = int(client.info()["MemTotal"]) // 2**20
    if has_mb < NEEDED_MB:
        raise BadInput(
            f"the engine has {has_mb} MB of memory, and a stack needs {NEEDED_MB}",
            where=WHERE,
            next_step="give it more (Docker Desktop: Settings, Resources); --chaos-backend process needs less",
        )


def _create(api: docker.APIClient, made_from: Blueprint) -> str:
    mount = sdk().types.Mount
    mounts = [mount(target, volume, type="volume") for volume, target in made_from.volumes.items()]
    mounts += [mount(target, str(path), type="bind", read_only=True) for path, target in made_from.sources.items()]
    host_config = api.create_host_config(
        port_bindings={inner: (LOOPBACK, outer) for inner, outer in made_from.ports.items()},
        mounts=mounts,
        read_only=True,
        tmpfs={"/tmp": ""},  # noqa: S108 - the container's own, in memory
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        log_config={"Type": "json-file", "Config": {}},  # whatever the engine's default: logs are read back
    )
    networking = {made_from.network: api.create_endpoint_config(aliases=list(made_from.aliases))}
    made = api.create_container(
        made_from.image,
        list(made_from.command),
        name=made_from.name,
        hostname=made_from.aliases[0],
        environment=dict(made_from.environment),
        ports=list(made_from.ports),
        labels=dict(made_from.labels),
        working_dir=made_from.folder,
        entrypoint=list(made_from.entrypoint) if made_from.entrypoint else None,
        healthcheck={"test": ["NONE"]},  # it would run alongside what is measured
        host_config=host_config,
        networking_config=api.create_networking_config(networking),
    )
    container_id: str = made["Id"]
    return container_id


def _refusal(doing: str, error: docker.errors.APIError) -> ChaosError:
    said = str(error.explanation)
    if "port is already allocated" in said or "address already in use" in said:
        return StartFailed(doing, f"a port was taken meanwhile: {said}", next_step="run it again")
    if error.status_code == 409 and ("already in use" in said or "already exists" in said):
        return StartFailed(doing, f"the name is taken: {said}", next_step="`chaos clean` removes what dead runs left")
    return EngineRefused(f"{doing}: the engine says: {said}")
