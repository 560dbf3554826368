"""Extensions from other packages: modules that they name as entry points, imported before plans are read."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from chaos.errors import BadInput

FAULTS_GROUP = "nexus_chaos.faults"  # modules whose faults are in the catalogue once they are imported
SYSTEMS_GROUP = "nexus_chaos.systems"  # descriptions of systems under test


@cache
def load_faults() -> None:
    """Imports the modules that packages name in the group nexus_chaos.faults. Raises BadInput when one cannot be."""
    for point in entry_points(group=FAULTS_GROUP):
        load(point)


def load(point: EntryPoint) -> Any:
    """What an entry point names. Raises BadInput, naming its package, when it cannot be loaded."""
    try:
        return point.load()
    except Exception as error:
        package = point.dist.name if point.dist else "an unnamed package"
        raise BadInput(
            f"{point.value!r} cannot be loaded: {type(error).__name__}: {error}",
            where=f"entry point {point.name!r} of {package} in the group {point.group}",
            next_step=f"fix {package}, or uninstall it",
        ) from error
