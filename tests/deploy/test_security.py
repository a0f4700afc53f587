"""What the image is made of: nothing with known holes, nothing whose licence binds who ships it."""

import json
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, files, metadata

import pytest
from packaging.utils import canonicalize_name

from tests.deploy.image import ROOT
from tests.deploy.test_image import locked

PERMISSIVE = ("MIT", "BSD", "Apache", "PSF", "Python Software Foundation", "ISC", "MPL", "Mozilla Public License")
"""Licences that ask for their notice and no more; the MPL's files stay under it, and are not changed here."""


def licence(package: str) -> str:
    """What a package says of its licence; where its metadata do not, the head of its licence file."""
    said = metadata(package)
    classifiers = [line for line in said.get_all("Classifier") or () if line.startswith("License ::")]
    texts = [*(said.get_all("License-Expression") or ()), *classifiers, *(said.get_all("License") or ())]
    if not texts:
        texts = [path.read_text() for path in files(package) or () if path.name.startswith("LICENSE")]
    return "; ".join(text[:100] for text in texts)


@pytest.mark.parametrize("package", sorted(locked("requirements.lock")))
def test_every_licence_is_permissive(package: str) -> None:
    """As the package itself has it; the bill of materials in the image lists them all."""
    try:
        said = licence(package)
    except PackageNotFoundError:
        pytest.skip(f"{package} is for another version of Python")

    assert any(name in said for name in PERMISSIVE), said
    assert not re.search(r"(?<!L)GPL|GNU General|AGPL", said)


@pytest.mark.slow
def test_no_dependency_has_a_known_vulnerability() -> None:
    """By the databases that pip-audit asks, where they can be reached."""
    pip_audit = shutil.which("pip-audit")
    if pip_audit is None:
        pytest.skip("pip-audit is not installed here")
    lock = str(ROOT / "deploy" / "requirements.lock")
    command = [pip_audit, "--requirement", lock, "--require-hashes", "--disable-pip", "--progress-spinner", "off"]

    done = subprocess.run([*command, "-f", "json"], check=False, capture_output=True, text=True, timeout=300)

    if not done.stdout:
        pytest.skip(f"no database of vulnerabilities can be reached: {done.stderr.strip().splitlines()[-1:]}")
    audited = [found for found in json.loads(done.stdout)["dependencies"] if "skip_reason" not in found]
    if not audited:
        pytest.skip("the database of vulnerabilities that can be reached knows none of the packages")
    assert {canonicalize_name(found["name"]) for found in audited} == set(locked("requirements.lock"))
    assert [(found["name"], vulnerability["id"]) for found in audited for vulnerability in found["vulns"]] == []
