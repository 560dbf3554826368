"""The Docker SDK, imported when first needed: a run without containers needs no SDK."""

from __future__ import annotations

from typing import Any

from chaos.errors import BadInput

WHERE = "--chaos-backend docker"


def sdk() -> Any:
    """The package, including its errors, types and utils. Raises BadInput if it is not installed."""
    try:
        import docker.errors
        import docker.types
        import docker.utils

        import docker
    except ImportError as error:
        raise BadInput(
            "the Python package docker is not installed",
            where=WHERE,
            next_step="pip install 'nexus-chaos[docker]'; --chaos-backend process needs none",
        ) from error
    return docker
