"""How Restate is configured for fault injection, whichever backend starts it: see docs/stack.md."""

from __future__ import annotations

from chaos.plan.spec import Modes

ADMIN_HEALTH, INGRESS_HEALTH = "/health", "/restate/health"

# Chosen so that recovery takes seconds, unlike with the production defaults: a dead endpoint is retried at least once
# a second, and a frozen one is noticed by keep-alive.
SETTINGS = {
    "RESTATE_LISTEN_MODE": "tcp",
    "RESTATE_DISABLE_TELEMETRY": "true",
    "RESTATE_ADMIN__DISABLE_WEB_UI": "true",
    "RESTATE_LOG_FORMAT": "json",
    "RESTATE_LOG_FILTER": "warn,restate=info,octocrab=off",  # it checks for a newer release at start, which may fail
    "RESTATE_DEFAULT_NUM_PARTITIONS": "4",
    "RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE": "512MB",
    "RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL": "100ms",
    "RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL": "1s",
    "RESTATE_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS": "600",
    "RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_INTERVAL": "2s",
    "RESTATE_WORKER__INVOKER__HTTP2_KEEP_ALIVE_TIMEOUT": "2s",
    "RESTATE_WORKER__INVOKER__CONNECT_TIMEOUT": "2s",
    # Otherwise one connection carries nearly everything, stays with the replica that survived the other's death,
    # and the next kill may hit a replica that nobody talks to.
    "RESTATE_WORKER__INVOKER__HTTP2_STREAMS_PER_CONNECTION_LIMIT": "8",
    "RESTATE_WORKER__INVOKER__HTTP2_IDLE_CONNECTION_TIMEOUT": "1s",
}


def restate_settings(modes: Modes, identity_file: str | None) -> dict[str, str]:
    """Environment variables for restate-server in the session's modes; it signs its calls if given a key file."""
    settings = dict(SETTINGS)
    if identity_file:
        settings["RESTATE_WORKER__INVOKER__REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE"] = identity_file
    if modes.always_replay:
        settings["RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT"] = "0s"
    return settings
