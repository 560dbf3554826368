"""Links that can be broken: the one place that talks to toxiproxy-python, and through it to Toxiproxy.

toxiproxy-python keeps the server's address in a class that its modules share, waits forever for an answer and treats
any 5xx as success. So each client here works on its own copy of those modules, with an HTTP layer that has a timeout
and refuses every answer but a 2xx; and each change is read back, because Toxiproxy ignores fields it does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import re
from collections.abc import Callable, Mapping
from functools import partial
from types import ModuleType
from typing import Any, Literal, NamedTuple, TypeVar

import requests
from toxiproxy.api import APIConsumer
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

from chaos.errors import BadInput, ChaosError
from chaos.model import Frozen

T = TypeVar("T")
Attributes = Mapping[str, int]
"""A toxic's own fields, such as {"latency": 200, "jitter": 0}: milliseconds, bytes or kB/s, as in Toxiproxy."""

Stream = Literal["upstream", "downstream"]
SERVER_SETTINGS = {
    "GOMAXPROCS": "1",  # chunks pass between goroutines: a third cheaper on one thread than on several
    "LOG_LEVEL": "info",  # otherwise it logs every connection, twice
}
_NAME = re.compile(r"[A-Za-z0-9_.-]+")


class ToxiproxyError(ChaosError):
    """Toxiproxy refused, could not be reached, or did not do what it confirmed; names the proxy and the toxic."""


class Wedged(ToxiproxyError):
    """Toxiproxy did not answer in time: removing a toxic can block forever, and then only a new Toxiproxy helps."""


class Listener(NamedTuple):
    """Where a proxy accepts connections."""

    host: str
    port: int


class Toxic(Frozen):
    """A toxic as Toxiproxy states it."""

    name: str
    type: str
    stream: Stream
    toxicity: float
    attributes: Attributes

    def is_within(self, stated: Toxic) -> bool:
        """Whether `stated` is this toxic; it may contain attributes that this one leaves at their defaults."""
        same = self.model_copy(update={"attributes": stated.attributes}) == stated
        return same and self.attributes.items() <= stated.attributes.items()


class ProxyState(Frozen):
    """A proxy as Toxiproxy states it; `listen` and `upstream` are host:port."""

    name: str
    listen: str
    upstream: str
    enabled: bool
    toxics: tuple[Toxic, ...]


class _Refused(ToxiproxyError):
    """Toxiproxy answered that it did nothing."""


class _BadStatus(Exception):
    """An answer that is not a 2xx and for which toxiproxy-python has no exception."""


class _Consumer(APIConsumer):  # type: ignore[misc]  # toxiproxy-python has no types
    """toxiproxy-python's HTTP layer, made strict. Each client has a subclass with its own address."""

    timeout_s: float

    @classmethod
    def get(cls, url: str, **options: Any) -> requests.Response:
        return cls._accepted(super().get(url, **options, **cls._transport()))

    @classmethod
    def post(cls, url: str, **options: Any) -> requests.Response:
        return cls._accepted(super().post(url, **options, **cls._transport()))

    @classmethod
    def delete(cls, url: str, **options: Any) -> requests.Response:
        return cls._accepted(super().delete(url, **options, **cls._transport()))

    @classmethod
    def _transport(cls) -> dict[str, Any]:
        # No HTTP_PROXY and no ALL_PROXY stands between us and this machine.
        return {"timeout": cls.timeout_s, "proxies": {"http": None, "all": None}}

    @staticmethod
    def _accepted(response: requests.Response) -> requests.Response:
        if response.status_code // 100 != 2:
            raise _BadStatus(f"HTTP {response.status_code} {response.text[:200]}")
        return response


class ToxiproxyClient:
    """The proxies created through this client, on the Toxiproxy at `host`:`port`; several clients can coexist.

    Every method raises ToxiproxyError, or Wedged after `timeout_s` seconds without an answer; Toxiproxy itself gives up
    after 25. A call in progress is finished even if its task is cancelled, so that its outcome is settled afterwards.
    """

    def __init__(self, host: str, port: int, timeout_s: float = 5) -> None:
        class Consumer(_Consumer):
            """The HTTP layer of this client alone."""

        Consumer.host, Consumer.port, Consumer.timeout_s = host, port, timeout_s
        self._api = Consumer
        proxy_class = _own_copy("toxiproxy.proxy", APIConsumer=Consumer).Proxy
        self._server = _own_copy("toxiproxy.server", APIConsumer=Consumer, Proxy=proxy_class).Toxiproxy()
        self._proxies: dict[str, Any] = {}

    async def version(self) -> str:
        """The version that the server states; an answer also means that it is ready."""
        answer = await self._call("asking for the version", self._api.get, "/version")
        return str(answer.json()["version"])

    async def create(self, name: str, upstream: str, port: int = 0, host: str = "127.0.0.1") -> Listener:
        """A proxy to `upstream` (host:port) that listens on `host`, at `port` or one that the kernel chooses."""
        _check_name("proxy", name)
        doing = f"creating proxy {name}"
        proxy = await self._call(doing, self._server.create, upstream, name, listen=f"{host}:{port}", enabled=True)
        self._proxies[name] = proxy
        state = await self._expect(doing, name, enabled=True, upstream=upstream)
        host, _, chosen = state["listen"].rpartition(":")
        return Listener(host, int(chosen))

    async def adopt(self) -> dict[str, ProxyState]:
        """Takes over the existing proxies, whoever created them; returns what Toxiproxy states about each."""
        self._proxies |= await self._call("reading the proxies", self._server.proxies)
        return await self.state()

    async def restore(self) -> None:
        """Recreates every proxy that a replacement Toxiproxy lacks: on its old port, and without toxics."""
        there = (await self._call("reading the proxies", self._api.get, "/proxies")).json()
        for name in self._proxies.keys() - there.keys():
            made = self._proxies[name]
            host, _, port = made.listen.rpartition(":")
            await self.create(name, made.upstream, int(port), host)

    async def add_toxic(
        self, proxy: str, name: str, type_: str, stream: Stream, attributes: Attributes, *, toxicity: float = 1.0
    ) -> None:
        """Adds a toxic to the connections of `proxy`, including open ones; if it raises, nothing is left behind."""
        _check_name("toxic", name)
        wanted = Toxic(name=name, type=type_, stream=stream, toxicity=toxicity, attributes=attributes)
        known = self._known(proxy)
        doing = f"adding toxic {name} ({type_}) to proxy {proxy}"
        try:
            await self._call(doing, partial(known.add_toxic, **wanted.model_dump()))
            await self._expect_toxic(doing, proxy, wanted)
        except _Refused:
            raise
        except BaseException:  # cancellation too: nobody would know about the toxic
            with contextlib.suppress(ToxiproxyError):
                await self.remove_toxic(proxy, name)
            raise

    async def update_toxic(self, proxy: str, name: str, attributes: Attributes) -> None:
        """Changes `attributes` of a toxic, on open connections too; those not named stay as they are."""
        _check_name("toxic", name)
        self._known(proxy)
        doing = f"changing toxic {name} of proxy {proxy} to {dict(attributes)}"
        await self._call(doing, self._api.post, f"/proxies/{proxy}/toxics/{name}", json={"attributes": attributes})
        stated = {toxic.name: toxic for toxic in await self.toxics(proxy)}.get(name)
        if not stated or not attributes.items() <= stated.attributes.items():
            raise ToxiproxyError(f"{doing}: Toxiproxy made it {stated!r}")

    async def remove_toxic(self, proxy: str, name: str) -> None:
        """Removes a toxic; raises Wedged if the connections it holds do not release it."""
        doing = f"removing toxic {name} from proxy {proxy}"
        await self._call(doing, self._known(proxy).destroy_toxic, name)
        if any(toxic.name == name for toxic in await self.toxics(proxy)):
            raise ToxiproxyError(f"{doing}: Toxiproxy confirmed it, but the toxic is still there")

    async def disable(self, proxy: str) -> None:
        """Breaks every connection of `proxy` and refuses new ones."""
        doing = f"disabling proxy {proxy}"
        await self._call(doing, self._known(proxy).disable)
        await self._expect(doing, proxy, enabled=False)

    async def enable(self, proxy: str) -> None:
        """Lets `proxy` accept connections again, on the port it had."""
        doing = f"enabling proxy {proxy}"
        await self._call(doing, self._known(proxy).enable)
        await self._expect(doing, proxy, enabled=True)

    async def cut(self, proxy: str) -> None:
        """Breaks every connection of `proxy`, including pooled ones; new ones are refused only for a moment."""

        def disable_and_enable() -> None:
            known.disable()
            known.enable()

        known = self._known(proxy)
        doing = f"cutting proxy {proxy}"
        await self._call(doing, disable_and_enable)
        await self._expect(doing, proxy, enabled=True)

    async def set_upstream(self, proxy: str, upstream: str) -> None:
        """Points `proxy` at another `upstream` (host:port); its connections break."""
        known = self._known(proxy)
        doing = f"pointing proxy {proxy} at {upstream}"
        await self._call(doing, self._api.post, f"/proxies/{proxy}", json={"upstream": upstream})
        await self._expect(doing, proxy, upstream=upstream)
        known.upstream = upstream

    async def toxics(self, proxy: str) -> tuple[Toxic, ...]:
        """The toxics on `proxy`."""
        found = await self._call(f"reading the toxics of proxy {proxy}", self._known(proxy).toxics)
        return tuple(
            Toxic(name=t.name, type=t.type, stream=t.stream, toxicity=t.toxicity, attributes=t.attributes)
            for t in found.values()
        )

    async def state(self) -> dict[str, ProxyState]:
        """Every proxy of this client by name, asked one by one, so that a wedged one does not hide the others."""
        return {name: await self._state(name) for name in self._proxies}

    async def _state(self, name: str) -> ProxyState:
        stated = (await self._call(f"reading proxy {name}", self._api.get, f"/proxies/{name}")).json()
        return ProxyState(**{field: stated[field] for field in ProxyState.model_fields})

    async def _expect(self, doing: str, name: str, **fields: object) -> dict[str, Any]:
        stated: dict[str, Any] = (await self._call(doing, self._api.get, f"/proxies/{name}")).json()
        wrong = {field: stated[field] for field, wanted in fields.items() if stated[field] != wanted}
        if wrong:
            raise ToxiproxyError(f"{doing}: Toxiproxy confirmed it, but states {wrong}")
        return stated

    async def _expect_toxic(self, doing: str, proxy: str, wanted: Toxic) -> None:
        stated = {toxic.name: toxic for toxic in await self.toxics(proxy)}.get(wanted.name)
        if not stated or not wanted.is_within(stated):
            raise ToxiproxyError(f"{doing}: asked for {wanted!r}, but Toxiproxy made it {stated!r}")

    def _known(self, proxy: str) -> Any:
        if proxy not in self._proxies:
            raise BadInput(
                f"there is no proxy {proxy!r}", where="toxiproxy", allowed=", ".join(self._proxies) or "none yet"
            )
        return self._proxies[proxy]

    async def _call(self, doing: str, function: Callable[..., T], *args: object, **options: object) -> T:
        at = f"Toxiproxy at {self._api.host}:{self._api.port}"
        try:
            return await _in_thread(partial(function, *args, **options))
        except requests.Timeout:
            raise Wedged(f"{doing}: {at} gave no answer within {self._api.timeout_s:g} s: restart it") from None
        except requests.RequestException as error:
            raise ToxiproxyError(f"{doing}: no usable answer from {at}: is it running? ({error})") from error
        except (NotFound, ProxyExists, InvalidToxic) as error:
            said = error.args[0]
            raise _Refused(f"{doing}: {said.decode() if isinstance(said, bytes) else said}") from None
        except _BadStatus as error:
            raise _Refused(f"{doing}: {error}") from None


async def _in_thread(function: Callable[[], T]) -> T:
    """Runs blocking `function`; a cancelled task waits for its end first."""
    call = asyncio.ensure_future(asyncio.to_thread(function))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.gather(call, return_exceptions=True)
        raise


def _own_copy(module: str, **names: object) -> ModuleType:
    """A private copy of a toxiproxy-python module, with `names` in place of what it imported."""
    spec = importlib.util.find_spec(module)
    assert spec
    assert spec.loader
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    vars(copy).update(names)
    return copy


def _check_name(kind: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} cannot name a {kind}", where="toxiproxy", allowed="letters, digits, dots, - and _")
