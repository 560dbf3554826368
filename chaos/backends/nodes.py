"""The Restate nodes of a stack: their names, and what each must be told to form a cluster with the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psutil

from chaos.errors import BadInput
from chaos.stack.probe import Address

NODE_MEMORY_MB = 500  # the most that one takes in a scenario, with some to spare
REPLICATION = 2
SOON = {
    # After this, a node that is back (at the start: every node) counts as alive. Restate's default of five seconds is
    # meant for networks where nodes come and go.
    "RESTATE_GOSSIP_SUSPECT_INTERVAL": "500ms",
    "RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE": "256MB",
}


def node_names(nodes: int) -> tuple[str, ...]:
    """The names of a stack's Restate nodes; a single one is just "restate"."""
    return ("restate",) if nodes == 1 else tuple(f"restate-{number}" for number in range(1, nodes + 1))


def check_memory(nodes: int) -> None:
    """Raises BadInput when this machine has less free memory than that many nodes may take."""
    free_mb = psutil.virtual_memory().available // 1024**2
    if nodes > 1 and free_mb < nodes * NODE_MEMORY_MB:
        raise BadInput(
            f"{nodes} Restate nodes may take {nodes * NODE_MEMORY_MB} MB of memory, but only {free_mb} MB are free",
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
        "RESTATE_AUTO_PROVISION": str(name == names[0]).lower(),  # by one only, or each would form its own cluster
        "RESTATE_DEFAULT_REPLICATION": str(REPLICATION),
        "RESTATE_BIFROST__DEFAULT_PROVIDER": "replicated",
        "RESTATE_METADATA_CLIENT__ADDRESSES": f"[{', '.join(peer.url for peer in peers.values())}]",
    }
