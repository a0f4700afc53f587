"""The image, without an engine: what its Dockerfile says, and the same steps in a folder."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.testing import CliRunner

from gateway.cli.app import app
from gateway.errors import ConfigError
from gateway.settings.model import Settings
from tests.cli.processes import surroundings
from tests.deploy.image import ROOT, build, context, dockerfile, listed, steps
from tests.deploy.kubernetes import overlay, pick

LOCKS = ("requirements.lock", "build.lock")


def locked(name: str) -> dict[str, str]:
    """The versions in a lock."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "deploy" / name).read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pins}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_exact_versions_and_hashes_and_no_address(name: str) -> None:
    """What is built tomorrow is what was tried today, wherever it is fetched from."""
    text = (ROOT / "deploy" / name).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())

    assert entries
    for entry in entries:
        head, *hashes = entry.replace("\\\n", " ").split()
        assert re.fullmatch(r"[A-Za-z0-9._-]+==\S+", head), head
        assert hashes, head
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", found) for found in hashes), head
    assert not re.search(r"://|--(extra-)?index-url|--find-links| @ ", text)


def test_the_lock_holds_every_dependency_in_a_version_that_will_do() -> None:
    """A dependency that was added or raised has to be locked anew; the file says how."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = locked("requirements.lock")
    requirements = [Requirement(text) for text in project["dependencies"]]

    for requirement in requirements:
        assert canonicalize_name(requirement.name) in versions, requirement.name
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement.name


def test_the_build_is_locked_too() -> None:
    """What pyproject.toml builds with, and what makes the bill of materials."""
    versions = locked("build.lock")

    for text in tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]:
        requirement = Requirement(text)
        assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement.name
    assert "cyclonedx-bom" in versions
    assert versions["picows"] == locked("requirements.lock")["picows"], "compiled for another version than runs"


def test_pip_takes_nothing_that_is_not_locked() -> None:
    """Each install checks hashes, or takes the one wheel that was built here."""
    installs = [part for run in steps("RUN", stage=0) for part in run.split("&&") if " install " in part]

    assert len(installs) == 3
    for install in installs:
        assert "--require-hashes --only-binary :all:" in install or "--no-deps --no-index" in install


def test_the_last_stage_runs_as_nobody_and_installs_nothing() -> None:
    """As Kubernetes has it run, too."""
    pod = pick(overlay("production"), "Deployment")["spec"]["template"]["spec"]["securityContext"]

    assert steps("USER") == [f"{pod['runAsUser']}:{pod['runAsGroup']}"]
    (run,) = steps("RUN")
    assert "uninstall --yes --quiet pip" in run
    assert not re.search(r"\binstall\b|apt|gcc", run.replace("uninstall", ""))
    assert steps("STOPSIGNAL") == ["SIGTERM"]


def test_the_image_serves_by_itself() -> None:
    """With the default settings; a command line replaces only what comes after `gateway`."""
    (container,) = pick(overlay("production"), "Deployment")["spec"]["template"]["spec"]["containers"]
    ports = {str(Settings().server.port), str(Settings().admin.port)}

    assert listed("ENTRYPOINT") == ["gateway"]
    assert listed("CMD")[:2] == container["args"][:2]
    assert set(" ".join(steps("EXPOSE")).split()) == ports
    assert str(Settings().server.port) in " ".join(listed("HEALTHCHECK"))


def test_only_what_is_copied_leaves_the_folder() -> None:
    """No secret that lies about, no tests, no history."""
    copied = [
        source for stage in dockerfile() for step in stage if step.word == "COPY" for source in step.rest.split()[:-1]
    ]

    local = {source for source in copied if not source.startswith(("--from", "/opt"))}
    assert local == set(context())
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_hadolint_finds_nothing() -> None:
    """Not even what it would only remark."""
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("hadolint is not installed here")

    done = subprocess.run([hadolint, str(ROOT / "Dockerfile")], check=False, capture_output=True, text=True)

    assert done.stdout + done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("config", "lacking"),
    [
        ("config/gateway.toml", ["kallglot.api_key", "twilio.auth_tokens"]),
        (
            "deploy/kubernetes/overlays/production/settings/gateway.toml",
            ["kallglot.api_key", "twilio.auth_tokens", "telnyx.public_key"],
        ),
    ],
)
def test_what_is_shipped_lacks_its_secrets_and_nothing_else(config: str, lacking: list[str]) -> None:
    """Where the routes name a carrier, the other's are not asked for."""
    result = CliRunner().invoke(app, ["check", "--offline", "--config", str(ROOT / config)])

    assert isinstance(result.exception, ConfigError)
    assert [problem.split(" ")[0] for problem in result.exception.problems] == lacking


@pytest.mark.slow
def test_its_steps_make_a_gateway_that_names_the_secrets_it_lacks(tmp_path: Path) -> None:
    """Nothing else is wrong with what is shipped. Its routes name one carrier."""
    build(tmp_path)
    command = [
        str(tmp_path / "opt/gateway/bin/gateway"),
        "check",
        "--config",
        str(tmp_path / "etc/gateway/gateway.toml"),
    ]

    done = subprocess.run(
        [*command, "--offline"], check=False, cwd=tmp_path, env=surroundings(), capture_output=True, text=True
    )

    assert [line.split(" ")[0] for line in done.stderr.splitlines()] == [
        "kallglot.api_key",
        "twilio.auth_tokens",
    ]
    assert done.returncode == 1
    installed = {
        path.name.partition("-")[0] for path in tmp_path.glob("opt/gateway/lib/python3.13/site-packages/*.dist-info")
    }
    assert not installed & {"pip", "setuptools", "hatchling", "pytest"}
    packages = tmp_path / "opt/gateway/lib/python3.13/site-packages/gateway"
    assert [*packages.glob("bridge/relay.*.so")], "what audio passes through is not compiled"
    assert not [*packages.rglob("*.pxd")]
    bill = json.loads((tmp_path / "opt/gateway/share/sbom/kallglot-gateway.cdx.json").read_text())
    assert {canonicalize_name(part["name"]) for part in bill["components"]} >= set(locked("requirements.lock"))
    assert bill["metadata"]["component"]["name"] == "kallglot-gateway"
