"""The sandbox's README says which test proves what: each is there."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
README = (TESTS.parent / "gateway" / "sandbox" / "README.md").read_text()
PROOFS = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", README)))


@pytest.mark.parametrize(("path", "test"), PROOFS, ids=lambda part: part)
def test_every_proof_that_is_named_exists(path: str, test: str) -> None:
    """A test that was renamed shows."""
    assert re.search(rf"^(async )?def {test}\(", (TESTS / path).read_text(), re.MULTILINE)


def test_every_rule_has_a_proof() -> None:
    """No row of the tables is without one."""
    table = README[README.index("### Endpoints") : README.index("## Where the documents")]
    rows = [
        line for line in table.splitlines() if line.startswith("| ") and "| test |" not in line and "---" not in line
    ]

    assert len(rows) > 60
    assert [row for row in rows if "::test_" not in row] == []
