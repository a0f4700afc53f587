import pytest

from tests.benchmarks.scrape import main


def test_it_tells_how_long_a_scrape_took(capsys: pytest.CaptureFixture[str]) -> None:
    """With few calls, and no word about speed."""
    assert main(["--calls", "4", "--rounds", "2", "--at-most", "10000"]) == 0
    assert "4 calls: median" in capsys.readouterr().out


def test_a_scrape_that_takes_too_long_fails() -> None:
    assert main(["--calls", "1", "--rounds", "1", "--at-most", "0"]) == 1
