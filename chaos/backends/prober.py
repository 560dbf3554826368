"""The prober: a container that probes links from where their clients are. It is never broken itself."""

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
    """This package itself: a container runs the code on disk, not what was built into an image."""
    return {Path(__file__).parents[1]: f"{OWN_CODE}/chaos"}


def code_of(party: str) -> dict[Path, str]:
    """The package, or single module, in which a third party "module:NAME" is described."""
    top = party.partition(":")[0].partition(".")[0]
    file = Path(importlib.import_module(top).__file__ or "")
    return {file.parent: f"{OWN_CODE}/{top}"} if file.stem == "__init__" else {file: f"{OWN_CODE}/{file.name}"}


def prober(name: str, network: str, labels: Mapping[str, str], keeps: str | None = None) -> Blueprint:
    """What it is created from. `keeps` is a volume that must stay in use as long as the prober exists."""
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
    """Probes one of Toxiproxy's ports from a prober. On this machine Docker's port forwarder would answer for it."""
    command = ["python3", "-m", "chaos.stack.probe", "toxiproxy", str(port), json.dumps(ask)]
    return Probe(*json.loads(await engine.run_in(container, command)))
