"""What tests need that start containers: an engine, and the images. Without them they are skipped, and say why."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

import docker
from chaos.backends.engine import connect
from chaos.backends.prober import IMAGES
from chaos.errors import BadInput

REQUIRED = "NEXUS_CHAOS_REQUIRE_DOCKER"  # set where the engine must be there, as on a CI machine


def miss(what: str) -> NoReturn:
    """Skips the test, or fails it where all must be there."""
    (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(what)


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """A client of the engine, which has our images."""
    try:
        client = connect()
    except BadInput as error:
        miss(str(error))
    with contextlib.closing(client):
        for image in ("services", "fakes", "restate-server", "toxiproxy"):
            if not client.images.list(IMAGES + image):
                miss(f"there is no image {IMAGES}{image}: make docker-images")
        yield client
