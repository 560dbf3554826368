"""The prober: a container that looks at links from where their clients are. It is no part of what is broken."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path

from chaos.backends.engine import Blueprint, Engine
from chaos.stack.probe import Ask, Probe

IMAGES = "nexus-chaos/"
OWN_CODE = "/opt/harness"
DATA_FOLDER = "/data"


def own_code() -> dict[Path, str]:
    """This very package: what runs in a container is what is on the disk, not what was built into an image."""
    return {Path(__file__).parents[1]: f"{OWN_CODE}/chaos"}


def code_of(party: str) -> dict[Path, str]:
    """The package, or the single module, that a third party "module:NAME" is described in."""
    top = party.partition(":")[0].partition(".")[0]
    file = Path(importlib.import_module(top).__file__ or "")
    return {file.parent: f"{OWN_CODE}/{top}"} if file.stem == "__init__" else {file: f"{OWN_CODE}/{file.name}"}


def prober(name: str, network: str, labels: Mapping[str, str], keeps: str | None = None) -> Blueprint:
    """What it is made from. `keeps` is a volume that has to stay in use as long as it is there."""
    return Blueprint(
        name=name,
        image=f"{IMAGES}fakes",
        network=network,
        aliases=["prober"],
        labels=labels,
        command=["infinity"],
        entrypoint=["sleep"],
        environment={"PYTHONPATH": OWN_CODE},
        sources=own_code(),
        folder=OWN_CODE,
        volumes={keeps: DATA_FOLDER} if keeps else {},
    )


async def probe_from(engine: Engine, container: str, port: int, ask: Ask) -> Probe:
    """Probes a port of Toxiproxy's from a prober. On this machine Docker's port forwarder would answer for it."""
    command = ["python3", "-m", "chaos.stack.probe", "toxiproxy", str(port), json.dumps(ask)]
    return Probe(*json.loads(await engine.run_in(container, command)))
