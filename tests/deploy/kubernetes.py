"""The Kubernetes manifests as a cluster would get them."""

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = ("production", "demo")

Manifest = dict[str, Any]


def overlay(name: str) -> list[Manifest]:
    """What an overlay renders to."""
    return list(yaml.safe_load_all(render(KUBERNETES / "overlays" / name)))


def with_components(folder: Path, *components: str) -> list[Manifest]:
    """What the base renders to with these components, by a kustomization that is made in a folder."""
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "kallglot-gateway",
        # Relative: kustomize takes no other paths.
        "resources": [os.path.relpath(KUBERNETES / "base", folder)],
        "components": [os.path.relpath(KUBERNETES / "components" / name, folder) for name in components],
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    return list(yaml.safe_load_all(render(folder)))


def pick(manifests: list[Manifest], kind: str, name: str = "gateway") -> Manifest:
    """The one of that kind and name; a generated name's hash does not count."""
    wanted = re.compile(rf"{re.escape(name)}(-[a-z0-9]{{10}})?")
    (found,) = (
        manifest
        for manifest in manifests
        if manifest["kind"] == kind and wanted.fullmatch(manifest["metadata"]["name"])
    )
    return found


@cache
def render(folder: Path) -> str:
    """The text of it; skips where nothing here renders kustomizations."""
    for command in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(command[0]):
            done = subprocess.run([*command, str(folder)], check=False, capture_output=True, text=True, timeout=60)
            assert done.returncode == 0, done.stderr
            return done.stdout
    pytest.skip("neither kubectl nor kustomize is installed here")
