import pytest

from gateway.telemetry.kallglot_codes import KALLGLOT_CODES, code_label


@pytest.mark.parametrize("code", sorted(KALLGLOT_CODES))
def test_known_codes_are_labels(code: str) -> None:
    assert code_label(code) == code


@pytest.mark.parametrize("code", ["", "http_418", '"} evil 1\n'])
def test_other_codes_are_one_label(code: str) -> None:
    """What a peer writes does not become a label."""
    assert code_label(code) == "other"
