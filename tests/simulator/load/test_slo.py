import pytest

from gateway.errors import ConfigError
from gateway.simulator.load.result import Result
from gateway.simulator.load.slo import Limit, Verdict, judge, parse_limits
from gateway.simulator.load.tally import Figure, Tally


def test_limits_are_kept_or_broken() -> None:
    """A figure that nothing was measured of keeps none."""
    tally = Tally()
    tally.spreads[Figure.ADDED].add(4)
    result = Result("", 1)
    result.add(tally.take(0, 0.0))
    text = "[at_most]\nadded_p99_ms = 5\nlost = 0\nsetup_p99_ms = 500\n[at_least]\nstarted = 1\n"
    verdicts = judge(parse_limits(text), result)
    assert [verdict.holds for verdict in verdicts] == [True, True, False, False]
    assert str(verdicts[0]) == "holds: added_p99_ms at most 5: 4.013"
    assert str(verdicts[2]) == "BROKEN: setup_p99_ms at most 500: nothing was measured"
    assert str(verdicts[3]) == "BROKEN: started at least 1: 0"
    assert parse_limits("") == []
    assert parse_limits("[at_least]\nstarted = 1.5") == [Limit("started", least=1.5)]


def test_a_verdict_names_numbers_that_differ() -> None:
    """A broken limit does not read as if it was kept, however large it is."""
    assert str(Verdict(Limit("frames_sent", most=10_000), 10_004.0)) == "BROKEN: frames_sent at most 10000: 10004"
    assert str(Verdict(Limit("frames_sent", least=1_234_567), 1_234_566.0)).endswith("at least 1234567: 1234566")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[at_most", "slo: not TOML"),
        ("[limits]\nx = 1", r"slo: \[limits\] is not one of at_most, at_least"),
        ("[at_most]\nspeed = 1", "slo: at_most.speed is no figure; there are started, connected"),
        ("[at_most]\nlost = 'few'", "slo: at_most.lost must be a number, not 'few'"),
        ("[at_most]\nlost = true", "slo: at_most.lost must be a number, not True"),
        ("at_most = 5", "slo: at_most. is no figure"),
    ],
)
def test_refuses_limits_that_limit_nothing(text: str, problem: str) -> None:
    """The message names the figure."""
    with pytest.raises(ConfigError, match=problem):
        parse_limits(text)
