import pytest

from tests.benchmarks.health import main


def test_it_tells_what_following_a_call_costs(capsys: pytest.CaptureFixture[str]) -> None:
    """With little audio, and no word about speed."""
    assert main(["--seconds", "2", "--rounds", "1", "--at-most", "1000"]) == 0
    assert "a call and second:" in capsys.readouterr().out
