"""What Restate's nodes are told, and what is said when there is too little memory for them."""

from __future__ import annotations

from types import SimpleNamespace

import psutil
import pytest

from chaos.backends.nodes import NODE_MEMORY_MB, check_memory, cluster_settings, node_names
from chaos.errors import BadInput
from chaos.stack.probe import Address


def test_one_node_is_just_restate_and_knows_of_no_cluster() -> None:
    assert node_names(1) == ("restate",)
    assert cluster_settings("restate", {"restate": Address("127.0.0.1", 1)}) == {}


def test_of_several_each_knows_all_and_only_one_makes_the_cluster() -> None:
    peers = {name: Address("127.0.0.1", number) for number, name in enumerate(node_names(3), 1)}
    told = [cluster_settings(name, peers) for name in peers]
    assert [each["RESTATE_AUTO_PROVISION"] for each in told] == ["true", "false", "false"]
    assert [each["RESTATE_FORCE_NODE_ID"] for each in told] == ["1", "2", "3"]
    assert [each["RESTATE_ADVERTISED_ADDRESS"] for each in told] == [peer.url for peer in peers.values()]
    (known,) = {each["RESTATE_METADATA_CLIENT__ADDRESSES"] for each in told}
    assert all(peer.url in known for peer in peers.values())


@pytest.mark.parametrize(("free_mb", "enough"), [(3 * NODE_MEMORY_MB, True), (3 * NODE_MEMORY_MB - 1, False)])
def test_too_little_memory_is_said_before_anything_starts(
    free_mb: int, enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free_mb * 1024**2))
    check_memory(1)
    if enough:
        check_memory(3)
    else:
        with pytest.raises(
            BadInput, match=f"--chaos-nodes: 3 Restate nodes may take 1500 MB of memory, but only {free_mb}"
        ):
            check_memory(3)
