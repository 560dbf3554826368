"""Lawful: what the contract does not name has other names: private services, runs of the app's own, state keys."""

from __future__ import annotations

from typing import Any

import restate
from restate.server_context import ServerInvocationContext

from services import event, notifications, order_watch, orders, saga, seat_map, user_session
from services.app import SERVICES
from services.settings import settings

RUNS = {"outcome": "look", "secret": "make it up", "role": "first", "permissions": "second"}
_run_typed = ServerInvocationContext.run_typed


def run_typed(self: ServerInvocationContext, name: str, *args: Any, **more: Any) -> Any:
    return _run_typed(self, RUNS.get(name, name), *args, **more)


ServerInvocationContext.run_typed = run_typed  # type: ignore[method-assign]
event.TERMS.key = "e"
seat_map.MAP.key = "m"
user_session.SESSION.key = "s"
notifications.INBOX.key = "n"
orders.ORDER.key = "o"
saga.PROGRESS.key = "p"
for private, name in ((orders.service, "Register"), (order_watch.service, "Follower")):
    private.service_tag.name = name  # what calls and discovery go by
app = restate.app(services=SERVICES, identity_keys=list(settings().identity_keys))
