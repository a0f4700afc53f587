"""`tests/` mirrors `gateway/`: whoever changes a module knows where its tests are.

`bridge/pacing.py` is tested by `bridge/test_pacing.py`, or by a folder `bridge/test_pacing/` where it takes many tests.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GATEWAY = ROOT / "gateway"
TESTS = ROOT / "tests"

ELSEWHERE = {
    "__main__.py": "tests/cli/test_app.py runs `python -m gateway`",
    "wiring.py": "every test that opens a world opens it by this",
    "bridge/office.py": "a bundle of what others are handed",
    "bridge/surroundings.py": "a bundle of what others are handed",
    "bridge/claims.py": "tests/chaos: it takes two replicas",
    "bridge/presence.py": "tests/chaos: it takes two replicas",
    "carriers/base.py": "declarations; each carrier's tests hold it to them",
    "demo/calls.py": "tests/demo/test_run.py: it is what the demo does",
    "demo/outcomes.py": "tests/demo/test_checks.py and test_report.py: it is what they are about",
    "web/console/story.py": "declarations; tests/web/console/test_pages.py shows them",
    "web/media.py": "tests/web/test_upgrade.py: over real sockets",
    "sandbox/lexicon.py": "word lists; tests/sandbox/test_analysis.py counts with them",
    "sandbox/operations.py": "declarations; tests/sandbox/test_openapi.py holds the document to them",
    "settings/policies.py": "every test that opens a world turns its settings into policies",
    "store/ledger.py": "declarations; tests/store/test_ledger.py holds every store to them",
}
"""Modules without a test file of their own, and where they are tested instead."""


def modules() -> list[str]:
    return sorted(path.relative_to(GATEWAY).as_posix() for path in GATEWAY.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("module", modules())
def test_a_module_has_its_test_file(module: str) -> None:
    path = Path(module)
    own = TESTS / path.parent / f"test_{path.name}"
    assert own.exists() or own.with_suffix("").is_dir() or module in ELSEWHERE, f"{own.relative_to(ROOT)} is missing"


def test_nothing_is_excused_that_is_not_there() -> None:
    assert set(ELSEWHERE) <= set(modules())


def test_a_test_file_has_its_module() -> None:
    """A test file, or a folder of them, of a module that was renamed or split shows it."""
    own = [path for path in TESTS.rglob("test_*") if path.suffix == ".py" or path.is_dir()]
    mirrored = [path for path in own if (GATEWAY / path.relative_to(TESTS).parent).is_dir()]
    orphans = [
        path.relative_to(TESTS).as_posix()
        for path in mirrored
        if path.parent != TESTS
        and not (GATEWAY / path.relative_to(TESTS).parent / f"{path.stem.removeprefix('test_')}.py").exists()
    ]
    assert orphans == []
