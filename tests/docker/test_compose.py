"""docker-compose.chaos.yml: nothing is published beyond loopback, nothing runs with more rights than it needs."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from booking.settings import BookingSettings
from chaos.backends.nodes import cluster_settings, node_names
from chaos.backends.restate_settings import SETTINGS
from chaos.stack.probe import Address

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.chaos.yml").read_text("utf-8"))
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text("utf-8")
LINKS = json.loads((ROOT / "docker/links.json").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert list(service["networks"]) == ["stack"]
    assert service["profiles"] in (["single"], ["cluster"], ["single", "cluster"])


def test_only_loopback_ports_are_published() -> None:
    for profile in ("single", "cluster"):
        in_it = [service for service in SERVICES.values() if profile in service["profiles"]]
        published = [port for service in in_it for port in service.get("ports", ())]
        assert len(published) == 5
        for port in published:
            assert re.fullmatch(r"127\.0\.0\.1:\$\{NEXUS_[A-Z_]+_PORT:-\d+\}:\d+", port)


def test_it_runs_as_the_suites_own_stacks_do() -> None:
    """So that what holds there holds here, and plans can be run on it (--chaos-backend compose)."""
    assert SERVICES["restate"]["environment"].items() >= SETTINGS.items()
    assert SERVICES["endpoint"]["environment"].items() >= BookingSettings().environment().items()


@pytest.mark.integration
@pytest.mark.parametrize(
    ("key", "said"), [(None, "No such file"), ("", "no key"), ("publickeyv1_a", "starts with publickeyv1_a")]
)
def test_an_endpoint_starts_with_restates_key_or_not_at_all(key: str | None, said: str, tmp_path: Path) -> None:
    if key is not None:
        (tmp_path / "identity.pub").write_text(key, "ascii")
    bash, option, script, name = SERVICES["endpoint"]["entrypoint"]
    script = script.replace("$$", "$").replace("/keys/", f"{tmp_path}/")
    script = script.replace("python3 -m chaos.backends.endpoint", "bash -c 'echo $0 with $NEXUS_IDENTITY_KEYS'")
    done = subprocess.run(
        [bash, option, script, name, "starts"], capture_output=True, text=True, timeout=30, check=False
    )
    assert said in done.stdout + done.stderr
    assert (done.returncode == 0, "starts" in done.stdout) == (bool(key), bool(key))


def test_its_nodes_are_told_what_those_of_the_suite_are() -> None:
    peers = {name: Address(name, 5122) for name in node_names(3)}
    for name in peers:
        told = SERVICES[name]["environment"]
        assert told.items() >= (SETTINGS | cluster_settings(name, peers)).items()
    (command, *_) = SERVICES["balancer"]["command"]
    fronts = {front["port"]: front for front in json.loads(command)}
    assert fronts.keys() == {8080, 9070}
    for port, front in fronts.items():
        assert front["nodes"] == [[name, port] for name in peers]
    assert SERVICES["balancer"]["networks"] == {"stack": {"aliases": ["restate"]}}, "what all others ask for"


def test_what_is_built_has_a_target_that_is_not_root_and_says_how_it_is() -> None:
    targets = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert targets == {"services", "fakes", "restate-server", "toxiproxy"}
    parents = {stage: parent for parent, stage in re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)}
    for target in targets:
        body = DOCKERFILE.split(f" AS {target}\n")[1].split("\nFROM ")[0]
        assert "\nHEALTHCHECK " in body
        stage = target
        while stage != "hardened":
            stage = parents[stage]
    assert "USER 10001:10001" in DOCKERFILE.split(" AS hardened\n")[1].split("\nFROM ")[0]


def test_every_link_leads_to_a_service_and_is_where_its_clients_look() -> None:
    listens = {link["name"]: link["listen"].rpartition(":")[2] for link in LINKS}
    assert {link["upstream"].partition(":")[0] for link in LINKS} == {"restate", "endpoint", "gateway", "mailer"}
    told = SERVICES["endpoint"]["environment"]
    assert told["NEXUS_GATEWAY_URL"] == f"http://toxiproxy:{listens['gateway']}"
    assert told["NEXUS_MAILER_URL"] == f"http://toxiproxy:{listens['mailer']}"
    assert told["NEXUS_RESTATE_INGRESS_URL"] == f"http://toxiproxy:{listens['ingress']}"
    assert SERVICES["register"]["entrypoint"][-1] == f"http://toxiproxy:{listens['endpoint']}"


def test_the_images_pin_the_versions_that_are_tested() -> None:
    def pins(path: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / path).read_text("utf-8"), re.MULTILINE))

    tested = pins("requirements.txt")
    installed = pins("docker/requirements.txt")
    assert {"restate-sdk", "hypercorn", "starlette", "httpx", "pydantic"} <= installed.keys()
    assert installed.items() <= tested.items()
