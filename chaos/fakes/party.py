"""A third party as a description: its name, how it behaves when no rule acts, and how the app finds it."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from chaos.errors import BadInput
from chaos.evidence.ledger import LedgerRow

if TYPE_CHECKING:
    from chaos.fakes.errands import Courier
    from chaos.fakes.exchange import Desk
    from chaos.fakes.ledger_store import LedgerStore

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
TAKEN = frozenset(  # names of other links, processes and sources of a record
    {"balancer", "endpoint", "endpoints", "ingress", "leader", "node", "prober", "restate", "toxiproxy"}
    | {"faults", "history", "invocations", "journal", "journal_events", "nodes", "samples", "state"}
)

DeskFactory = Callable[[str], "Desk[Any]"]
CourierFactory = Callable[[Any, "LedgerStore[Any]"], "Courier"]
View = Callable[["LedgerStore[Any]", Mapping[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class ThirdParty:
    """A service that the app calls and the suite plays. The engine provides ledger, rules and control plane.

    `name` is also the name of its link, of its process or container, and of its ledger in a record.
    """

    name: str
    url_variable: str  # the environment variable by which the app learns its URL
    desk: DeskFactory  # its honest behaviour; gets a secret for telling whether two bodies are the same
    row: type[LedgerRow] = LedgerRow  # the form of its ledger's rows
    courier: CourierFactory | None = None  # if it notifies somebody later; gets the desk and its ledger
    views: Mapping[str, View] = field(default_factory=dict)  # more views of its control plane: GET /<name>?<query>


def find_party(spec: str) -> ThirdParty:
    """The third party that "module:NAME" stands for. Raises BadInput when there is none."""
    module, colon, name = spec.partition(":")
    allowed = 'module:NAME of a chaos.fakes.party.ThirdParty, such as "bank.clearing:CLEARING"'
    if not (module and colon and name):
        raise BadInput("not a third party", where=repr(spec), allowed=allowed)
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BadInput(f"cannot be found: {error}", where=repr(spec), allowed=allowed) from error
    if not isinstance(found, ThirdParty):
        raise BadInput(f"is a {type(found).__name__}, no third party", where=repr(spec), allowed=allowed)
    if not NAME.fullmatch(found.name) or found.name in TAKEN:
        raise BadInput(
            f"a third party cannot have the name {found.name!r}",
            where=repr(spec),
            allowed=f"{NAME.pattern}, and none of {', '.join(sorted(TAKEN))}",
        )
    return found


def find_parties(specs: Iterable[str]) -> dict[str, ThirdParty]:
    """A system's third parties, by the specs that start them. Raises BadInput, also when two have the same name."""
    parties = {spec: find_party(spec) for spec in specs}
    names = [party.name for party in parties.values()]
    for name in names:
        if names.count(name) > 1:
            raise BadInput("two third parties have the same name", where=repr(name), allowed="names that differ")
    return parties
