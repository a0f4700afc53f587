"""The manifests agree with each other and with the settings they carry."""

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from gateway.routing.load import load_routes
from gateway.settings.fields import all_settings
from gateway.settings.load import load_settings
from gateway.settings.model import Settings
from gateway.web.kallglot import BODY_LIMIT_BYTES
from tests.deploy.kubernetes import KUBERNETES, OVERLAYS, Manifest, overlay, pick, render, with_components

COMPONENTS = (
    ("ingress-nginx", "autoscaling-hpa", "monitoring"),
    ("ingress-traefik", "autoscaling-keda", "monitoring"),
    ("gateway-api", "autoscaling-hpa"),
)
PROMETHEUS = KUBERNETES.parent / "prometheus" / "prometheus.yml"
DASHBOARDS = KUBERNETES.parent / "grafana" / "dashboards"
INGRESSES = ("ingress-nginx", "ingress-traefik")

LAST_CALLS_S = 10
"""For what a gateway does after its drain: the last answers, ended sessions, closed stores."""

NEWS_S = 5
"""Until every ingress and every node has heard that a pod goes."""


def settings_of(manifests: list[Manifest], folder: Path) -> Settings:
    """The settings that the pods of an overlay read, laid out as they are mounted."""
    for name in ("settings", "routes"):
        (folder / name).mkdir()
        for file, text in pick(manifests, "ConfigMap", f"gateway-{name}")["data"].items():
            (folder / name / file).write_text(text)
    return load_settings(folder / "settings" / "gateway.toml", {})


@pytest.mark.parametrize("name", OVERLAYS)
def test_the_settings_and_routes_are_right(name: str, tmp_path: Path) -> None:
    """A pod starts with what is in the ConfigMaps."""
    settings = settings_of(overlay(name), tmp_path)

    assert load_routes(settings.routes).routes


@pytest.mark.parametrize("name", OVERLAYS)
def test_a_pod_is_given_the_time_its_drain_takes(name: str, tmp_path: Path) -> None:
    """It is not killed with calls on it, nor is it gone while callers are still sent to it."""
    manifests = overlay(name)
    settings = settings_of(manifests, tmp_path)

    pod = pick(manifests, "Deployment")["spec"]["template"]["spec"]
    program, seconds = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
    assert program == "sleep"
    assert int(seconds) >= NEWS_S
    assert pod["terminationGracePeriodSeconds"] >= int(seconds) + settings.drain.deadline_s + LAST_CALLS_S


@pytest.mark.parametrize("name", OVERLAYS)
def test_probes_and_services_reach_the_ports_that_are_listened_on(name: str, tmp_path: Path) -> None:
    """Also the admin listener, which is for this machine only by default."""
    manifests = overlay(name)
    settings = settings_of(manifests, tmp_path)
    (container,) = pick(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}

    assert ports == {"public": settings.server.port, "admin": settings.admin.port}
    assert settings.server.host == settings.admin.host == "0.0.0.0"
    assert {container[probe]["httpGet"]["port"] for probe in ("readinessProbe", "livenessProbe")} == set(ports)
    for service in ("gateway", "gateway-admin"):
        assert {port["targetPort"] for port in pick(manifests, "Service", service)["spec"]["ports"]} < set(ports)


@pytest.mark.parametrize("name", OVERLAYS)
def test_files_are_mounted_where_the_command_looks(name: str) -> None:
    """Settings by the argument, routes beside them, secrets by the variable; and nothing can be written but /tmp."""
    pod = pick(overlay(name), "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}

    assert container["args"][-1] == mounts["settings"]["mountPath"] + "/gateway.toml"
    assert Path(mounts["routes"]["mountPath"]).parent == Path(mounts["settings"]["mountPath"]).parent
    assert container["env"] == [{"name": "GATEWAY_SECRETS_DIR", "value": mounts["secrets"]["mountPath"]}]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert [name for name, mount in mounts.items() if not mount.get("readOnly")] == ["tmp"]
    # A single file that is mounted by subPath never changes: routes would not be reloaded.
    assert not any("subPath" in mount for mount in mounts.values())


def test_changed_settings_replace_pods_and_changed_routes_do_not() -> None:
    """The former are read once, by a name that is new with each change; the latter are reloaded."""
    names = {manifest["metadata"]["name"] for manifest in overlay("production") if manifest["kind"] == "ConfigMap"}

    assert "gateway-routes" in names
    assert any(re.fullmatch(r"gateway-settings-[a-z0-9]{10}", name) for name in names)


def test_the_demos_secrets_are_settings() -> None:
    """By the names that `secrets_dir` expects."""
    keys = set(pick(overlay("demo"), "Secret", "gateway-secrets")["data"])

    assert keys <= {setting.variable.lower() for setting in all_settings()}


def test_the_demos_replicas_share_a_store(tmp_path: Path) -> None:
    """A file would be each replica's own, and gone with it."""
    secrets = pick(overlay("demo"), "Secret", "gateway-secrets")["data"]
    for name, value in secrets.items():
        (tmp_path / name).write_bytes(base64.b64decode(value))
    settings = load_settings(None, {"GATEWAY_SECRETS_DIR": str(tmp_path)})

    assert urlsplit(settings.store.url).scheme == "redis"
    assert pick(overlay("demo"), "Service", urlsplit(settings.store.url).hostname or "")


def test_production_has_its_store_and_keys_from_a_secret() -> None:
    """Whoever edits the settings reads there what it has to hold."""
    text = (KUBERNETES / "overlays" / "production" / "settings" / "gateway.toml").read_text()

    for name in ("store.url", "kallglot.api_key", "twilio.auth_tokens", "telnyx.public_key"):
        (variable,) = (setting.variable for setting in all_settings() if setting.name == name)
        assert variable.lower() in text, name
    assert "[store]" not in text


def test_production_has_no_secret_in_it() -> None:
    """Neither as a manifest nor in the settings."""
    manifests = overlay("production")
    text = pick(manifests, "ConfigMap", "gateway-settings")["data"]["gateway.toml"]

    assert "Secret" not in {manifest["kind"] for manifest in manifests}
    secret = [setting.path[-1] for setting in all_settings() if setting.is_secret]
    assert not [key for key in secret if re.search(rf"^{key}\s*=", text, re.MULTILINE)]


def test_production_is_reached_by_the_name_carriers_sign() -> None:
    """Host of the ingress, of its certificate, and of `public_url`."""
    manifests = overlay("production")
    ingress = pick(manifests, "Ingress")["spec"]
    text = pick(manifests, "ConfigMap", "gateway-settings")["data"]["gateway.toml"]
    public_url = re.search(r'^public_url = "(.*)"$', text, re.MULTILINE)

    assert public_url is not None
    host = urlsplit(public_url[1]).hostname
    assert [rule["host"] for rule in ingress["rules"]] == [host]
    assert [tls["hosts"] for tls in ingress["tls"]] == [[host]]


@pytest.mark.parametrize("component", [*INGRESSES, "gateway-api"])
def test_a_host_that_is_written_in_the_overlay_is_the_one_that_is_served(component: str, tmp_path: Path) -> None:
    """By whichever component: a patch that finds nothing is no error to kustomize, and the example stays."""
    for folder in ("kubernetes", "grafana"):
        shutil.copytree(KUBERNETES.parent / folder, tmp_path / folder)
    production = tmp_path / "kubernetes" / "overlays" / "production"
    for file in (production / "kustomization.yaml", production / "settings" / "gateway.toml"):
        file.write_text(
            file.read_text().replace("voice.example.com", "voice.acme.test").replace("ingress-nginx", component)
        )

    rendered = render(production)

    assert "voice.acme.test" in rendered
    assert "voice.example.com" not in rendered


@pytest.mark.parametrize("component", INGRESSES)
def test_an_ingress_passes_webhooks_and_media_on_and_nothing_else(component: str, tmp_path: Path) -> None:
    """Health and metrics stay inside."""
    (rule,) = pick(with_components(tmp_path, component), "Ingress")["spec"]["rules"]

    assert [path["path"] for path in rule["http"]["paths"]] == ["/webhooks", "/media"]
    assert {path["backend"]["service"]["name"] for path in rule["http"]["paths"]} == {"gateway"}


def test_nginx_keeps_a_socket_for_the_longest_call(tmp_path: Path) -> None:
    """Its default cuts after a minute; Telnyx ends calls after four hours."""
    annotations = pick(with_components(tmp_path, "ingress-nginx"), "Ingress")["metadata"]["annotations"]

    for direction in ("read", "send"):
        assert int(annotations[f"nginx.ingress.kubernetes.io/proxy-{direction}-timeout"]) >= 4 * 3600


def test_nginx_lets_pass_what_the_gateway_takes(tmp_path: Path) -> None:
    """An event that it refuses is told again for two days."""
    annotations = pick(with_components(tmp_path, "ingress-nginx"), "Ingress")["metadata"]["annotations"]

    assert annotations["nginx.ingress.kubernetes.io/proxy-body-size"] == f"{BODY_LIMIT_BYTES >> 20}m"


def test_a_gateway_api_route_does_not_limit_media_sockets(tmp_path: Path) -> None:
    """A request's time-out would be a call's."""
    manifests = with_components(tmp_path, "gateway-api")
    webhooks, media = pick(manifests, "HTTPRoute")["spec"]["rules"]
    (port,) = pick(manifests, "Service")["spec"]["ports"]

    assert [match["path"]["value"] for rule in (webhooks, media) for match in rule["matches"]] == [
        "/webhooks",
        "/media",
    ]
    assert media["timeouts"] == {"request": "0s", "backendRequest": "0s"}
    assert {(backend["name"], backend["port"]) for backend in media["backendRefs"]} == {("gateway", port["port"])}


@pytest.mark.parametrize("components", COMPONENTS, ids="+".join)
def test_policies_and_services_select_the_gateways_pods(components: tuple[str, ...], tmp_path: Path) -> None:
    """A selector that matches nothing is no error to Kubernetes."""
    manifests = with_components(tmp_path, *components)
    labels = pick(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"].items()

    for manifest in manifests:
        match manifest["kind"]:
            case "Service":
                selector = manifest["spec"]["selector"]
            case "NetworkPolicy":
                selector = manifest["spec"]["podSelector"]["matchLabels"]
            case "PodDisruptionBudget" | "Deployment":
                selector = manifest["spec"]["selector"]["matchLabels"]
            case _:
                continue
        assert selector.items() <= labels, manifest["metadata"]["name"]


@pytest.mark.parametrize("components", COMPONENTS, ids="+".join)
def test_the_public_listener_is_the_ingress_s_and_the_admin_listener_monitorings(
    components: tuple[str, ...], tmp_path: Path
) -> None:
    """Each from one namespace, and nobody else."""
    allowed = {
        (source["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"], port["port"])
        for manifest in with_components(tmp_path, *components)
        if manifest["kind"] == "NetworkPolicy"
        for rule in manifest["spec"].get("ingress", ())
        for source in rule["from"]
        for port in rule["ports"]
    }

    assert [port for namespace, port in allowed if namespace == "monitoring"] == ["admin"] * (
        "monitoring" in components
    )
    assert [port for namespace, port in allowed if namespace != "monitoring"] == ["public"]


def test_prometheus_finds_the_admin_port(tmp_path: Path) -> None:
    """By the labels of its Service and the port's name there."""
    manifests = with_components(tmp_path, "monitoring")
    monitor = pick(manifests, "ServiceMonitor")["spec"]
    found = [
        manifest
        for manifest in manifests
        if manifest["kind"] == "Service"
        and monitor["selector"]["matchLabels"].items() <= manifest["metadata"]["labels"].items()
    ]

    assert [service["metadata"]["name"] for service in found] == ["gateway-admin"]
    assert {endpoint["port"] for endpoint in monitor["endpoints"]} == {
        port["name"] for port in found[0]["spec"]["ports"]
    }


def test_the_job_is_called_what_the_rules_call_it(tmp_path: Path) -> None:
    """By the label of the Service that its name is taken from."""
    manifests = with_components(tmp_path, "monitoring")
    label = pick(manifests, "ServiceMonitor")["spec"]["jobLabel"]
    (job,) = (scrape["job_name"] for scrape in yaml.safe_load(PROMETHEUS.read_text())["scrape_configs"])

    assert pick(manifests, "Service", "gateway-admin")["metadata"]["labels"][label] == job


def test_every_rule_is_in_the_cluster(tmp_path: Path) -> None:
    """`uv run python -m deploy.kubernetes` was run after the last change."""
    groups = pick(with_components(tmp_path, "monitoring"), "PrometheusRule")["spec"]["groups"]

    files = [yaml.safe_load(path.read_text()) for path in sorted((PROMETHEUS.parent / "rules").glob("*.yml"))]
    assert groups == [group for file in files for group in file["groups"]]


def test_every_dashboard_is_in_the_cluster(tmp_path: Path) -> None:
    """Where Grafana's sidecar finds it."""
    shown = {
        name: json.loads(text)
        for manifest in with_components(tmp_path, "monitoring")
        if manifest["kind"] == "ConfigMap" and manifest["metadata"]["labels"].get("grafana_dashboard") == "1"
        for name, text in manifest["data"].items()
    }

    assert shown == {path.name: json.loads(path.read_text()) for path in DASHBOARDS.glob("*.json")}


def test_both_autoscalers_leave_room_on_each_replica(tmp_path: Path) -> None:
    """For the calls of one that dies: with the fewest replicas the others can take them."""
    max_calls = settings_of(overlay("production"), tmp_path).admission.max_calls
    (tmp_path / "hpa").mkdir()
    (tmp_path / "keda").mkdir()
    hpa = pick(with_components(tmp_path / "hpa", "autoscaling-hpa"), "HorizontalPodAutoscaler")["spec"]
    keda = pick(with_components(tmp_path / "keda", "autoscaling-keda"), "ScaledObject")["spec"]

    target = int(hpa["metrics"][0]["pods"]["target"]["averageValue"])
    fewest = hpa["minReplicas"]
    assert target * fewest <= max_calls * (fewest - 1)
    assert keda["triggers"][0]["metadata"]["threshold"] == str(target)
    assert (keda["minReplicaCount"], keda["maxReplicaCount"]) == (fewest, hpa["maxReplicas"])
    assert keda["advanced"]["horizontalPodAutoscalerConfig"]["behavior"] == hpa["behavior"]
    assert hpa["scaleTargetRef"]["name"] == keda["scaleTargetRef"]["name"] == "gateway"


def test_the_demos_sandbox_is_where_its_settings_say(tmp_path: Path) -> None:
    """By the name of its Service; production has neither it nor its store."""
    manifests = overlay("demo")
    url = urlsplit(settings_of(manifests, tmp_path).kallglot.base_url)
    (port,) = pick(manifests, "Service", url.hostname or "")["spec"]["ports"]

    assert port["port"] == url.port
    assert not [manifest for manifest in overlay("production") if manifest["metadata"]["name"] == "valkey"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_pod_obeys_the_restricted_standard(name: str) -> None:
    """The namespace would refuse it otherwise."""
    manifests = overlay(name)
    (namespace,) = (manifest for manifest in manifests if manifest["kind"] == "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {manifest["metadata"].get("namespace") for manifest in manifests} == {None, namespace["metadata"]["name"]}

    for deployment in (manifest for manifest in manifests if manifest["kind"] == "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert container["securityContext"]["allowPrivilegeEscalation"] is False


def manifests_to_validate(folder: Path) -> list[tuple[str, Manifest]]:
    """Every manifest there is, with where it comes from."""
    found = [(name, manifest) for name in OVERLAYS for manifest in overlay(name)]
    for number, components in enumerate(COMPONENTS):
        made = folder / str(number)
        made.mkdir()
        found += [("+".join(components), manifest) for manifest in with_components(made, *components)]
    return found


def test_the_last_three_versions_of_kubernetes_take_it_all(tmp_path: Path) -> None:
    """To the letter of their schemas; custom resources have none there."""
    kubernetes_validate = pytest.importorskip("kubernetes_validate", reason="`uv run --group deploy` has it")
    major, _, minor = str(kubernetes_validate.latest_version()).partition(".")
    versions = [f"{major}.{int(minor.partition('.')[0]) - age}" for age in range(3)]

    unknown = set()
    for origin, manifest in manifests_to_validate(tmp_path):
        for version in versions:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except kubernetes_validate.SchemaNotFoundError:
                unknown.add(manifest["kind"])
            except kubernetes_validate.ValidationError as exc:
                pytest.fail(f"{origin}: {manifest['kind']} {manifest['metadata']['name']}, {version}: {exc.message}")

    assert unknown <= {"ServiceMonitor", "PrometheusRule", "ScaledObject", "HTTPRoute"}


def test_checkov_finds_nothing_and_skips_nothing_unexplained(tmp_path: Path) -> None:
    """What it is told to skip says why."""
    checkov = shutil.which("checkov")
    if checkov is None:
        pytest.skip("checkov is not installed here")
    for name in OVERLAYS:
        (tmp_path / f"{name}.yaml").write_text(render(KUBERNETES / "overlays" / name))

    command = [checkov, "-d", str(tmp_path), "--framework", "kubernetes", "--skip-download", "--compact", "-o", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)

    results = json.loads(done.stdout)["results"]
    assert [(check["check_id"], check["resource"]) for check in results["failed_checks"]] == []
    assert results["passed_checks"]
    for check in results["skipped_checks"]:
        assert len(check["check_result"]["suppress_comment"].split()) >= 5, check["check_id"]
