"""One container of the stack, as something that can die and come back: its log is read, its death proven."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from chaos.backends.engine import NO_LIMIT, Blueprint, Engine
from chaos.backends.logs import check_ready, last_lines
from chaos.errors import StartFailed, WaitTimedOut
from chaos.waiting import NotYet, until

START_DEADLINE_S = 60
GONE_DEADLINE_S = 30
RETIRE_PATIENCE_S = 5
POLL_S = 0.02
HIDDEN = ".hidden"
MB = 2**20
SIGNALLED = 128  # an exit code above this: ended by the signal whose number is the difference


class Container:
    """A container under the short name by which plans know it; `ready` is polled until it no longer raises NotYet."""

    def __init__(
        self, engine: Engine, made_from: Blueprint, id_: str, ready: Callable[[Container], Awaitable[None]]
    ) -> None:
        self.name = made_from.aliases[0]
        self.host = made_from.name
        self.id = id_
        self._made_from = made_from
        self.is_wanted = False
        self._engine = engine
        self._ready = ready
        self._log_start = 0

    async def start(self, *, ahead_s: float = 0) -> None:
        """Starts it and waits until it is ready. Raises StartFailed with its last log lines; then it is gone."""
        if ahead_s:
            raise StartFailed(self.name, "a container has this machine's clock, not one of its own")
        self.is_wanted = True
        self._log_start = len(await self._engine.log(self.id))
        try:
            await self._engine.start(self.id)
            await until(self.check_ready, f"{self.name} to be ready", START_DEADLINE_S, POLL_S)
        except WaitTimedOut as error:
            tail = await self.log_tail()
            await self.kill()
            raise StartFailed(self.name, str(error), tail) from error
        except BaseException:
            await self.kill()
            raise

    async def check_ready(self) -> None:
        """Raises NotYet while it is not ready, StartFailed when it is gone."""
        state = await self._engine.state(self.id)
        if not state["Running"]:
            raise StartFailed(self.name, f"it ended with exit code {state['ExitCode']}", await self.log_tail())
        await self._ready(self)

    async def kill(self) -> None:
        """SIGKILL to all of its processes; returns when Docker says that it is gone."""
        if (await self._engine.state(self.id))["Paused"]:
            await self._engine.unpause(self.id)
        await self._engine.kill(self.id)
        await self.ended(GONE_DEADLINE_S)

    async def ask_to_end(self) -> None:
        """SIGTERM to its first process."""
        await self._engine.kill(self.id, "SIGTERM")

    async def retire(self) -> None:
        """Ends it for good: SIGTERM, and SIGKILL after a while."""
        self.is_wanted = False
        try:
            await self.ask_to_end()
            await self.ended(RETIRE_PATIENCE_S)
        except WaitTimedOut:
            await self.kill()

    async def ended(self, patience_s: float) -> None:
        """Returns when Docker says that it is gone. Raises WaitTimedOut after `patience_s`."""

        async def gone() -> None:
            look = await self.look()
            if look != "gone":
                raise NotYet(look)

        await until(gone, f"container {self.name} to end", patience_s, POLL_S)

    async def pause(self) -> None:
        if not (await self._engine.state(self.id))["Paused"]:
            await self._engine.pause(self.id)

    async def resume(self) -> None:
        if (await self._engine.state(self.id))["Paused"]:
            await self._engine.unpause(self.id)

    async def exit_code(self) -> int | None:
        """Its exit code, or below 0 the signal that ended it; null while it runs."""
        state = await self._engine.state(self.id)
        if state["Running"]:
            return None
        code: int = state["ExitCode"]
        return SIGNALLED - code if code > SIGNALLED else code

    async def look(self) -> str:
        """What Docker says: "gone", or "<pid>@<start time> running", or "… stopped" while it is paused."""
        state = await self._engine.state(self.id)
        if not state["Running"]:
            return "gone"
        return f"{state['Pid']}@{state['StartedAt']} {'stopped' if state['Paused'] else 'running'}"

    async def cut_off(self) -> None:
        """Takes it off its network: connections go silent. Does nothing when it is already off."""
        await self._engine.disconnect(self.id, self._made_from.network)

    async def rejoin(self) -> None:
        """Puts it back under the names it had. Does nothing when it is already on."""
        await self._engine.connect_to(self.id, self._made_from.network, self._made_from.aliases)

    async def hide(self) -> None:
        """Makes its host name unresolvable; it stays on its network and keeps its connections."""
        await self._engine.rename(self.id, f"{self.host}{HIDDEN}")

    async def unhide(self) -> None:
        """Makes its host name resolvable again. Does nothing when it already is."""
        if await self._engine.name(self.id) != self.host:
            await self._engine.rename(self.id, self.host)

    async def limit_cpu(self, cpus: float | None) -> None:
        """Limits its processes together to that many CPUs; null: no limit."""
        await self._engine.limit_cpu(self.id, cpus)

    async def limit_memory(self, mb: int | None) -> None:
        """Limits its memory to that many megabytes (2^20 bytes); null: no limit."""
        await self._engine.limit_memory(self.id, mb and mb * MB)

    async def altered(self) -> list[str]:
        """What differs from how it was created, though it runs: its name, its network, its limits."""
        said = await self._engine.inspect(self.id)
        allowed = said["HostConfig"]
        wrong = {
            "has another name": str(said["Name"]).removeprefix("/") != self.host,
            "is off its network": self._made_from.network not in said["NetworkSettings"]["Networks"],
            "has a limit of CPU time": allowed["CpuQuota"] > 0 or allowed["NanoCpus"] > 0,
            "has a limit of memory": 0 < allowed["Memory"] < NO_LIMIT,
        }
        return [f"container {self.name} {what}" for what, is_so in wrong.items() if is_so]

    async def run(self, *command: str) -> str:
        """What a command prints, run in it by the same user. Raises ChaosError if it fails or the container is down."""
        return await self._engine.run_in(self.id, command)

    async def put(self, path: str, content: bytes) -> None:
        """Writes a file to where its data is kept, even while it does not run."""
        await self._engine.put_file(self.id, path, content)

    async def interfaces(self) -> int:
        """How many network interfaces the kernel shows in it, except loopback."""
        table = await self._engine.run_in(self.id, ["cat", "/proc/net/dev"])
        names = {line.partition(":")[0].strip() for line in table.splitlines()[2:]}
        return len(names - {"lo"})

    async def new_log(self) -> str:
        """What has been logged since the last start."""
        return (await self._engine.log(self.id))[self._log_start :].decode("utf-8", "replace")

    async def log_tail(self) -> str:
        """The last lines logged since the last start, for error messages."""
        return last_lines(await self.new_log())

    async def save_log(self, path: Path) -> None:
        """Writes everything it has logged to a file."""
        await asyncio.to_thread(path.write_bytes, await self._engine.log(self.id))


async def says_ready(container: Container) -> None:
    """The ready condition of our own servers: a line {"ready": true, …} in the log."""
    check_ready(await container.new_log())
