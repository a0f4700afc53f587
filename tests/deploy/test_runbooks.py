"""Where the guide is read is said once, and every link leads there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.guide import address, led_to

ROOT = Path(__file__).parents[2]
URL = "https://git.example.org/ops/gateway/deploy/README.md"
RULES = (
    "annotations:\n  runbook_url: deploy/README.md#a\n  summary: x\nannotations:\n  runbook_url: deploy/README.md#b\n"
)


def test_every_link_leads_there() -> None:
    """Each to its own section; also when the guide moves once more."""
    there = led_to(URL, RULES)

    assert there == RULES.replace("deploy/README.md", URL)
    assert address(there) == URL
    assert address(led_to("http://wiki/gateway", there)) == "http://wiki/gateway"


@pytest.mark.parametrize("url", ["", "git.example.org", "ftp://x", "https://x/y#z", "https://x/a b", 'https://x"'])
def test_what_is_no_url_is_refused(url: str) -> None:
    """By its value, before anything is written."""
    with pytest.raises(ValueError, match="must be a URL such as"):
        led_to(url, RULES)


def tell(folder: Path, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.runbooks", url]
    return subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)


def test_it_is_said_once_for_everything_that_is_shipped(tmp_path: Path) -> None:
    """Rules, tests, Kubernetes and dashboards: nothing of the old address is left, and nothing else is changed."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("__pycache__", "pictures"))
    before = {path: path.read_text() for path in (tmp_path / "deploy").rglob("*") if path.is_file()}

    refused = tell(tmp_path, "somewhere")
    assert (refused.returncode, {path: path.read_text() for path in before}) == (2, before)
    assert "the guide's address must be a URL" in refused.stderr

    assert tell(tmp_path, URL).returncode == 0
    changed = {path.relative_to(tmp_path / "deploy").as_posix() for path in before if path.read_text() != before[path]}
    assert changed == {
        "prometheus/rules/alerts.yml",
        "prometheus/tests/calls.yml",
        "prometheus/tests/kallglot.yml",
        "kubernetes/components/monitoring/prometheusrule.yaml",
        *(f"grafana/dashboards/{path.name}" for path in (ROOT / "deploy/grafana/dashboards").glob("*.json")),
    }
    for name in changed:
        text = (tmp_path / "deploy" / name).read_text()
        assert URL in text
        assert text.replace(URL, "deploy/README.md").split() == before[tmp_path / "deploy" / name].split()
