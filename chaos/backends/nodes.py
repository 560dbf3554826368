"""The Restate nodes of a stack: how each is called, and what one must be told to be a cluster with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psutil

from chaos.errors import BadInput
from chaos.stack.probe import Address

NODE_MEMORY_MB = 500  # what one takes at most in a scenario, with some room
REPLICATION = 2
SOON = {
    # A node that is back, and all of them at the start, are believed to be alive after this. Restate's five seconds are
    # for networks where nodes come and go.
    "RESTATE_GOSSIP_SUSPECT_INTERVAL": "500ms",
    "RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE": "256MB",
}


def node_names(nodes: int) -> tuple[str, ...]:
    """How the Restate nodes of a stack are called: the only one just "restate"."""
    return ("restate",) if nodes == 1 else tuple(f"restate-{number}" for number in range(1, nodes + 1))


def check_memory(nodes: int) -> None:
    """Raises BadInput when this machine has less memory free than so many nodes may take."""
    free_mb = psutil.virtual_memory().available // 1024**2
    if nodes > 1 and free_mb < nodes * NODE_MEMORY_MB:
        raise BadInput(
            f"{nodes} Restate nodes may take {nodes * NODE_MEMORY_MB} MB of memory, and {free_mb} MB are free",
            where="--chaos-nodes",
            next_step="end other programs, or use --chaos-nodes 1",
        )


def cluster_settings(name: str, peers: Mapping[str, Address]) -> dict[str, str]:
    """Environment variables for one node; `peers`: where the nodes find each other, itself included, in order of id."""
    names: Sequence[str] = list(peers)
    if len(names) == 1:
        return {}
    return SOON | {
        "RESTATE_CLUSTER_NAME": "nexus-chaos",
        "RESTATE_NODE_NAME": name,
        "RESTATE_FORCE_NODE_ID": str(names.index(name) + 1),
        "RESTATE_ADVERTISED_ADDRESS": peers[name].url,
        "RESTATE_AUTO_PROVISION": str(name == names[0]).lower(),  # by one: each would make a cluster of its own
        "RESTATE_DEFAULT_REPLICATION": str(REPLICATION),
        "RESTATE_BIFROST__DEFAULT_PROVIDER": "replicated",
        "RESTATE_METADATA_CLIENT__ADDRESSES": f"[{', '.join(peer.url for peer in peers.values())}]",
    }
