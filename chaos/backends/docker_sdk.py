"""The docker SDK, imported when it is first needed: whoever has no containers needs no SDK."""

from __future__ import annotations

from typing import Any

from chaos.errors import BadInput

WHERE = "--chaos-backend docker"


def sdk() -> Any:
    """The package, its errors, types and utils with it. Raises BadInput where it is not installed."""
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
