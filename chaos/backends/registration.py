"""Registers a deployment with Restate, and checks that what Restate discovers has the handlers of its system."""

from __future__ import annotations

from typing import Any

import httpx

from chaos.errors import BadInput, StartFailed
from chaos.plan.spec import Protocol
from chaos.system.system import NO_SYSTEM, System

PATIENCE_S = 30


async def discover(
    http: httpx.AsyncClient,
    admin_url: str,
    endpoint_url: str,
    *,
    app: str,
    protocol: Protocol = "bidi",
    log: str = "",
    again: bool = False,
) -> dict[str, Any]:
    """Registers whatever serves at `endpoint_url`, as Restate sees it; returns Restate's answer: id and services.

    With `again` it may be registered already: then new invocations go there once more.
    Raises StartFailed with the end of the app's `log`.
    """
    # Over HTTP/1.1 an SDK has no choice: its discovery says request/response.
    wanted = {"uri": endpoint_url, "use_http_11": protocol == "request_response", "force": again}
    response = await http.post(f"{admin_url}/deployments", json=wanted, timeout=PATIENCE_S)
    if response.is_error:
        raise StartFailed(
            app,
            f"Restate could not discover its services: {response.text[:500]}",
            log,
            "serve a Restate endpoint over HTTP/2 cleartext (h2c) on the given port",
        )
    answer: dict[str, Any] = response.json()
    return answer


async def register(
    http: httpx.AsyncClient,
    admin_url: str,
    endpoint_url: str,
    *,
    app: str,
    system: System = NO_SYSTEM,
    protocol: Protocol = "bidi",
    log: str = "",
) -> str:
    """Registers the app under test and returns the deployment's id.

    Raises StartFailed as `discover` does, or BadInput when the app lacks handlers of its system.
    """
    answer = await discover(http, admin_url, endpoint_url, app=app, protocol=protocol, log=log)
    missing = system.missing_handlers(answer["services"])
    if missing:
        raise BadInput(
            f"the app lacks {', '.join(missing)}",
            where=f"--chaos-app {app}",
            allowed=f"an app that offers what the system {system.name} requires",
            next_step="add the missing handlers, or choose another app",
        )
    deployment_id: str = answer["id"]
    return deployment_id
