"""The Compose file is one, and what it mounts, starts and scrapes is there."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from gateway.cli.app import app
from gateway.routing.load import load_routes
from gateway.settings.load import load_settings
from gateway.web.kallglot import BODY_LIMIT_BYTES
from tests.deploy.image import steps

DEPLOY = Path(__file__).parents[2] / "deploy"
SCHEMA = Path(__file__).parents[1] / "data" / "compose" / "compose-spec.json"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def test_it_is_a_compose_file(compose: dict[str, Any]) -> None:
    """By the specification's schema."""
    jsonschema = pytest.importorskip("jsonschema", reason="`uv run --group deploy` has it")

    errors = jsonschema.Draft201909Validator(json.loads(SCHEMA.read_text())).iter_errors(compose)

    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_the_schema_refuses_what_is_none(compose: dict[str, Any]) -> None:
    """Else the test above would say nothing."""
    jsonschema = pytest.importorskip("jsonschema", reason="`uv run --group deploy` has it")
    broken = {**compose, "services": {"gateway": {"prots": ["8080:8080"]}}}

    assert not jsonschema.Draft201909Validator(json.loads(SCHEMA.read_text())).is_valid(broken)


def test_what_is_mounted_is_there(compose: dict[str, Any]) -> None:
    """Docker would make an empty folder of it."""
    mounts = [mount.split(":")[0] for service in services(compose).values() for mount in service.get("volumes", ())]

    local = [mount for mount in mounts if mount.startswith("./")]
    assert local
    assert [mount for mount in local if not (DEPLOY / mount).exists()] == []
    assert {mount for mount in mounts if not mount.startswith("./")} == set(compose["volumes"])


def test_both_gateways_read_settings_that_are_right(compose: dict[str, Any]) -> None:
    """With the secrets of their environment, and a store that they share."""
    gateway = services(compose)["gateway-1"]
    assert gateway == services(compose)["gateway-2"]
    (mount,) = gateway["volumes"]
    inside = Path(gateway["command"][-1]).relative_to(mount.split(":")[1])

    settings = load_settings(DEPLOY / "compose" / inside, gateway["environment"])

    assert load_routes(settings.routes).routes
    assert settings.store.url == "redis://valkey:6379/0"
    assert settings.kallglot.base_url == "http://sandbox:8400/v1"
    assert settings.admin.host == "0.0.0.0"
    assert int(gateway["stop_grace_period"].removesuffix("s")) >= settings.drain.deadline_s + 10


def test_every_host_is_a_service(compose: dict[str, Any]) -> None:
    """In settings, in the proxy's upstreams, and where Prometheus looks."""
    known = set(services(compose))
    settings = tomllib.loads((DEPLOY / "compose" / "gateway.toml").read_text())
    upstreams = re.findall(r"server (\S+):8080;", (DEPLOY / "compose" / "nginx.conf").read_text())
    (scrape,) = yaml.safe_load((DEPLOY / "compose" / "prometheus.yml").read_text())["scrape_configs"]
    targets = [target for static in scrape["static_configs"] for target in static["targets"]]

    assert upstreams == ["gateway-1", "gateway-2"]
    assert targets == ["gateway-1:9090", "gateway-2:9090"]
    assert scrape["job_name"] == "gateway"
    assert settings["kallglot"]["base_url"].split("/")[2].split(":")[0] in known
    assert {name for service in services(compose).values() for name in service.get("depends_on", ())} <= known


def test_commands_are_the_gateways(compose: dict[str, Any]) -> None:
    """With options that it has."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    ours = [service for service in services(compose).values() if service["image"] == "kallglot-gateway"]

    assert len(ours) == 4
    for service in ours:
        name, *arguments = service["command"]
        options = {
            option for parameter in commands[name].params for option in (*parameter.opts, *parameter.secondary_opts)
        }
        assert {argument for argument in arguments if argument.startswith("--")} <= options, name


def test_the_load_calls_the_proxy_by_the_public_name(compose: dict[str, Any]) -> None:
    """It shares the proxy's network, where `localhost` is the proxy."""
    load = services(compose)["load"]
    settings = tomllib.loads((DEPLOY / "compose" / "gateway.toml").read_text())

    assert load["network_mode"] == "service:proxy"
    assert load["command"][1] == settings["public_url"]
    assert load["profiles"] == ["load"]
    # By what comes back it measures delay.
    assert "--counterpart echo" in " ".join(services(compose)["sandbox"]["command"])


def test_nothing_is_reached_from_outside_and_nothing_may_do_more_than_it_must(compose: dict[str, Any]) -> None:
    """A laptop in a café runs it, too."""
    for name, service in services(compose).items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
    assert steps("USER")


def test_the_proxy_lets_pass_what_the_gateway_takes() -> None:
    """An event of Kallglot's with a long call's transcript too."""
    found = re.search(r"client_max_body_size (\d+)m;", (DEPLOY / "compose" / "nginx.conf").read_text())

    assert found
    assert int(found[1]) << 20 == BODY_LIMIT_BYTES


def test_the_proxy_passes_the_upgrade_on_and_keeps_sockets() -> None:
    """The two things that break calls, in the smallest configuration that has both."""
    media = (DEPLOY / "compose" / "nginx.conf").read_text().partition("location /media/")[2]

    for line in (
        "proxy_http_version 1.1;",
        "proxy_set_header Upgrade $http_upgrade;",
        "proxy_set_header Connection $connection_upgrade;",
        "proxy_read_timeout 4h;",
        "proxy_send_timeout 4h;",
    ):
        assert line in media
