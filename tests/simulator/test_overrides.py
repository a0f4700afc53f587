import pytest

from gateway.simulator.overrides import Failure, Patience, patience


def test_without_a_fragment_only_a_failed_connection_is_tried_again() -> None:
    """Once; five seconds to connect, fifteen in all."""
    usual = patience("https://gw.example.com/voice")
    assert usual == Patience(5_000, 15_000, 15_000, 1, frozenset({Failure.CONNECT}))


def test_a_fragment_says_how_often_and_on_what() -> None:
    """As Twilio's own example has it."""
    asked = patience("https://gw.example.com/voice?a=b#rc=2&rp=ct,rt,5xx&rt=4000")
    assert asked.retries == 2
    assert asked.read_ms == 4_000
    assert asked.retried == {Failure.CONNECT, Failure.READ, Failure.SERVER}
    assert patience("https://gw.example.com/#rp=all&ct=100&tt=1000").retried == set(Failure)


@pytest.mark.parametrize("fragment", ["rc=6", "rc=-1", "rc=many", "rc="])
def test_what_is_out_of_range_is_as_usual(fragment: str) -> None:
    """Nothing is refused: the carrier's console takes any URL."""
    assert patience(f"https://gw.example.com/#{fragment}").retries == 1
