"""Commands that need what is not here, each checked as far as it can be without.

A check is handed the command as it is printed, and a folder; it says what has been tried.
"""

import base64
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from gateway.settings.load import load_settings
from tests.cli.processes import surroundings
from tests.deploy.printed import ROOT
from tests.fakes.valkey import valkey

Check = Callable[[str, Path], str]

_NOBODY = "127.0.0.1:9"
"""The discard service's port: nobody listens there."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Why a command is not run here, and what of it is tried."""

    needs: str
    check: Check


def _run(*words: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The words as a command in the project's folder, `$HOME` being an empty one: no cluster's or registry's key."""
    return subprocess.run(
        words,
        check=False,
        cwd=ROOT,
        env=surroundings(HOME=str(folder), **environ),
        capture_output=True,
        text=True,
        timeout=60,
    )


def _wants(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")


def understood_by_kubectl(command: str, folder: Path) -> str:
    """All of it was understood: the cluster is asked, and is not there."""
    _wants("kubectl")
    done = _run(*shlex.split(command), f"--server=http://{_NOBODY}", folder=folder, KUBECONFIG=str(folder / "none"))

    assert done.returncode != 0
    assert f"{_NOBODY} was refused" in done.stderr or f"{_NOBODY}: connect: connection refused" in done.stderr
    return "kubectl understands it"


def understood_before_its_dashes(command: str, folder: Path) -> str:
    """The same for what is run in a container: behind the dashes are the words of another program."""
    before, dashes, behind = command.partition(" -- ")
    _wants("kubectl")
    done = _run(
        *shlex.split(before),
        *(f"--server=http://{_NOBODY}", "--", *shlex.split(behind)),
        folder=folder,
        KUBECONFIG=str(folder / "none"),
    )

    assert dashes
    assert "refused" in done.stderr
    return "kubectl understands it; the gateway's words are tried in tests/deploy/test_guide.py"


def rendered(command: str, folder: Path) -> str:
    """What would be applied can be made; tests/deploy/test_kubernetes.py looks at it."""
    _wants("kubectl")
    overlay = shlex.split(command)[-1]
    done = _run("kubectl", "kustomize", overlay, folder=folder)

    assert done.returncode == 0, done.stderr
    assert "Deployment" in {manifest["kind"] for manifest in yaml.safe_load_all(done.stdout)}
    return f"{understood_by_kubectl(command, folder)}; {overlay} renders"


def created(command: str, folder: Path) -> str:
    """The manifest can be made; of a secret every key is a setting and every value one that it takes."""
    _wants("kubectl")
    done = _run(*shlex.split(command), "--dry-run=client", "--output=json", folder=folder)

    assert done.returncode == 0, done.stderr
    manifest = json.loads(done.stdout)
    if manifest["kind"] == "Secret":
        _is_read({key: base64.b64decode(value).decode() for key, value in manifest["data"].items()}, folder)
    return f"the {manifest['kind']} can be made"


def patched(command: str, folder: Path) -> str:
    """Every key of the patch is a setting and every value one that it takes."""
    words = shlex.split(command)
    patch = json.loads(words[words.index("--patch") + 1])

    _is_read(patch["stringData"], folder)
    return f"{understood_by_kubectl(command, folder)}, and the gateway what it writes"


def _is_read(secret: dict[str, str], folder: Path) -> None:
    mounted = folder / "secret"
    mounted.mkdir()
    for key, value in secret.items():
        (mounted / key).write_text(value.replace("…", "1"))  # where the reader writes his own
    assert secret
    load_settings(None, {"GATEWAY_SECRETS_DIR": str(mounted)})


def understood_by_docker(command: str, folder: Path) -> str:
    """All of it was understood: the engine is asked, and is not there."""
    _wants("docker")
    (folder / "gateway.env").write_text("GATEWAY_KALLGLOT__API_KEY=sk_test_1\n")
    words = [str(folder / word) if word == "gateway.env" else word for word in shlex.split(command)]
    done = _run(*words, folder=folder, DOCKER_HOST=f"tcp://{_NOBODY}", DOCKER_BUILDKIT="0")

    assert done.returncode != 0
    assert f"tcp://{_NOBODY}" in done.stderr, done.stderr
    return "docker understands it"


def composed(command: str, folder: Path) -> str:
    """The file is there, and the services that are named in it; tests/deploy/test_compose.py holds it to the schema."""
    words = shlex.split(command)
    services = yaml.safe_load((ROOT / words[words.index("-f") + 1]).read_text())["services"]

    match words[4:]:
        case ["up", *options]:
            assert set(options) <= {"--build", "--detach"}
        case ["run", "--rm", service]:
            assert service in services
        case others:
            pytest.fail(f"nothing is known of {others}")
    return f"its {len(services)} services are there"


def configured(command: str, folder: Path) -> str:
    """Prometheus' own tool finds nothing wrong with the file."""
    found = re.search(r"--config\.file=(\S+)", command)
    assert found
    _wants("promtool")
    done = _run("promtool", "check", "config", found[1], folder=folder)
    assert done.returncode == 0, done.stderr
    return f"{found[1]} is right"


def forwarded(command: str, folder: Path) -> str:
    """OpenSSH understands the option; the words name no host."""
    _wants("ssh")
    done = _run(*shlex.split(command), "-G", "host.invalid", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "localforward 9090 [127.0.0.1]:9090" in done.stdout
    return "ssh understands it"


def answered(command: str, folder: Path) -> str:
    """A server answers: Valkey, as tests have it."""
    _wants("redis-cli")
    with valkey(folder) as url:
        done = _run("bash", "-c", command, folder=folder, GATEWAY_STORE__URL=url)
    assert done.stdout.strip() == "PONG"
    return "a server answers"


def played_by_ci(command: str, folder: Path) -> str:
    """It is what CI begins with."""
    assert command in (ROOT / ".ci" / "run").read_text().replace(" --quiet", "")
    return ".ci/run does it"


def explained(command: str, folder: Path) -> str:
    """It says what it takes; CI plays its scenarios by tests/chaos/test_chaos.py."""
    done = _run(*shlex.split(command), "--help", folder=folder)
    assert done.returncode == 0, done.stderr
    return "it is there"


_CLUSTER = "a cluster"
_ENGINE = "a container engine"
_KUBECTL = "kubectl --namespace kallglot-gateway"

ELSEWHERE = {
    "uv run python -m tests.benchmarks": Elsewhere("a quiet machine, and a quarter of an hour", explained),
    "pip install uv && uv run pytest": Elsewhere("minutes: it would play all tests again", played_by_ci),
    "uv run python -m tests.chaos": Elsewhere("minutes", explained),
    "kubectl port-forward": Elsewhere("a cluster, and a name", explained),
    f"{_KUBECTL} get pods": Elsewhere(_CLUSTER, understood_by_kubectl),
    "kubectl create namespace kallglot-gateway": Elsewhere(_CLUSTER, created),
    f"{_KUBECTL} create secret generic gateway-secrets"
    " --from-literal=gateway_store__url=rediss://:PASSWORD@HOST:6380/0"
    " --from-literal=gateway_kallglot__api_key=sk_live_…"
    " --from-literal=gateway_kallglot__webhook_secret=whsec_…"
    " --from-literal=gateway_twilio__account_sid=AC…"
    " --from-literal='gateway_twilio__auth_tokens=[\"…\"]'": Elsewhere(_CLUSTER, created),
    "kubectl apply --kustomize deploy/kubernetes/overlays/production": Elsewhere(_CLUSTER, rendered),
    "kubectl apply --kustomize deploy/kubernetes/overlays/demo": Elsewhere(_CLUSTER, rendered),
    f"{_KUBECTL} diff --kustomize deploy/kubernetes/overlays/production": Elsewhere(_CLUSTER, rendered),
    f"{_KUBECTL} rollout status deployment/gateway": Elsewhere(_CLUSTER, understood_by_kubectl),
    f"{_KUBECTL} rollout status deployment/gateway --timeout 30m": Elsewhere(_CLUSTER, understood_by_kubectl),
    f"{_KUBECTL} rollout restart deployment/gateway": Elsewhere(_CLUSTER, understood_by_kubectl),
    f"{_KUBECTL} rollout undo deployment/gateway": Elsewhere(_CLUSTER, understood_by_kubectl),
    f"{_KUBECTL} exec deployment/gateway --"
    " gateway check --live --config /etc/gateway/settings/gateway.toml": Elsewhere(
        _CLUSTER, understood_before_its_dashes
    ),
    f"{_KUBECTL} exec deployment/gateway --"
    " gateway numbers point --carrier twilio --number +14155551234"
    " --config /etc/gateway/settings/gateway.toml": Elsewhere(_CLUSTER, understood_before_its_dashes),
    "kubectl --namespace kallglot-gateway-demo port-forward service/gateway 8080:80": Elsewhere(
        _CLUSTER, understood_by_kubectl
    ),
    f"{_KUBECTL} patch secret gateway-secrets"
    ' --patch \'{"stringData": {"gateway_twilio__auth_tokens": "[\\"OLD\\", \\"NEW\\"]"}}\'': Elsewhere(
        _CLUSTER, patched
    ),
    "docker compose -f deploy/compose.yaml up --build --detach": Elsewhere(_ENGINE, composed),
    "docker compose -f deploy/compose.yaml run --rm load": Elsewhere(_ENGINE, composed),
    "docker build --tag kallglot-gateway .": Elsewhere(_ENGINE, understood_by_docker),
    "docker run --read-only --tmpfs /tmp --volume gateway:/var/lib/gateway --publish 127.0.0.1:8080:8080"
    " --env-file gateway.env --stop-timeout 150 kallglot-gateway": Elsewhere(_ENGINE, understood_by_docker),
    "prometheus --config.file=deploy/prometheus/prometheus.yml --web.listen-address=127.0.0.1:9091": Elsewhere(
        "Prometheus, which would run on", configured
    ),
    'redis-cli -u "$GATEWAY_STORE__URL" ping': Elsewhere("Redis' tools", answered),
    "ssh -L 9090:127.0.0.1:9090": Elsewhere("a host", forwarded),
}
