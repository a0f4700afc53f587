"""Where nothing can be compiled, it is installed all the same."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.cli.processes import surroundings

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("without", [{"CC": "false"}, {"KALLGLOT_PURE": "1"}], ids=["no compiler", "not wanted"])
def test_what_cannot_be_compiled_is_python(tmp_path: Path, without: dict[str, str]) -> None:
    """The wheel is for every machine then, and holds all modules."""
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "compile.py", tmp_path / "deploy")
    shutil.copytree(ROOT / "gateway", tmp_path / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    command = ["uv", "build", "--wheel", str(tmp_path)]

    done = subprocess.run(
        command, check=False, env=surroundings(**without), capture_output=True, text=True, timeout=300
    )

    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("dist/*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert wheel.name.endswith("-py3-none-any.whl")
    assert "gateway/bridge/relay.py" in names
    assert not [name for name in names if name.endswith((".so", ".pxd"))]
    assert ("will run as plain Python" in done.stdout + done.stderr) is ("CC" in without)
