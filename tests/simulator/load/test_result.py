from gateway.simulator.dialect import Complaint
from gateway.simulator.load.result import Result, lines
from gateway.simulator.load.spread import Spread
from gateway.simulator.load.tally import Count, Figure, Sample, Tally
from gateway.simulator.load.usage import Usage


def sample(second: int, *, active: int = 1, cpu_s: float = 0.1, late_ms: float = 0.5) -> Sample:
    tally = Tally()
    tally.active = active
    tally.counts.update(
        {Count.STARTED: 2, Count.COMPLETED: 1, Count.LOST: 1, Count.PROBES_FOUND: 9, Count.PROBES_LOST: 1}
    )
    tally.reasons["hangup"] += 1
    tally.spreads[Figure.ADDED].add(1.0 + second)
    tally.spreads[Figure.LATENESS].add(late_ms)
    return tally.take(second, cpu_s)


def a_result(*samples: Sample) -> Result:
    result = Result("twilio: 2 calls", 2)
    for each in samples:
        result.add(each)
    return result


def test_processes_and_seconds_add_up() -> None:
    """Counts are sums, what is there at once is a maximum, spreads are merged."""
    result = a_result(sample(0, active=3), sample(0, active=4), sample(1, active=2))
    figures = result.figures()
    assert (figures["started"], figures["peak_calls"], figures["probe_loss"]) == (6, 7, 0.1)
    assert round(figures["added_p50_ms"] or 0, 1) == 1.0
    assert round(figures["added_max_ms"] or 0) == 2
    assert figures["setup_p99_ms"] is None
    assert result.reasons == {"hangup": 3}
    assert result.spread(Figure.ADDED).count == 3
    assert isinstance(result.second(5).spreads.get("added", Spread()), Spread)


def test_the_gateways_usage_is_told_by_second_and_call() -> None:
    """A second with 10 calls that took half a core; the one before it was not watched from its beginning."""
    result = a_result(sample(0, active=10), sample(1, active=10))
    for second in range(2):
        result.second(second).usage = Usage(cpu_s=0.5 * second, memory_mib=100 + second)
    figures = result.figures()
    assert (figures["cpu_mean"], figures["cpu_max"], figures["cpu_ms_per_call"]) == (0.5, 0.5, 50.0)
    assert (figures["memory_max_mib"], figures["memory_growth_mib"]) == (101, 1)
    assert Result("", 1).figures()["cpu_mean"] is None


def test_a_generator_that_is_the_bottleneck_says_so() -> None:
    """By its own use of a core, or by its lateness."""
    assert a_result(sample(0)).doubts() == []
    [busy] = a_result(sample(0, cpu_s=0.95)).doubts()
    assert busy == "a process of the generator used 95% of a core: take more --processes"
    [late] = a_result(sample(0, late_ms=30)).doubts()
    assert late == (
        "the generator was 30 ms late at p99: frames came in bunches; at 10% of a core, the machine is busy with "
        "something else"
    )
    [busy, late] = a_result(sample(0, cpu_s=0.95, late_ms=30)).doubts()
    assert late == "the generator was 30 ms late at p99: frames came in bunches"


def test_the_lines_tell_people() -> None:
    """What was placed, what became of it and why, and what to believe."""
    text = "\n".join(lines(a_result(sample(0, active=2, late_ms=30))))
    assert "calls: 2 placed, 2 at once; 1 completed, 1 lost, 0 refused" in text
    assert "1 × hangup" in text
    assert "added delay        1.0 / 1.0 / 1.0 / 1.0" in text
    assert "set up             - / - / - / -" in text
    assert "9 of 10 probes found" in text
    assert "not to be believed: the generator was 30 ms late" in text
    assert "generator: 2 processes, the busiest 10% of a core" in text
    assert "gateway: its CPU and memory were not watched (--pid)" in text


def test_what_was_complained_of_is_told() -> None:
    """By all processes, the most frequent first: a number alone sent people to a capture of the whole load."""
    tally, samples = Tally(), []
    for second, complaint in enumerate(
        [Complaint("document", "no <Response>")] * 2 + [Complaint("31941", "a binary message of 3 bytes")]
    ):
        tally.complain(complaint)
        samples.append(tally.take(second, 0.1))
    text = "\n".join(lines(a_result(*samples)))

    assert "complaints: 3\n  2 × document: no <Response>\n  1 × 31941: a binary message of 3 bytes\n" in text


def test_what_the_gateway_used_is_told_as_far_as_it_was_watched() -> None:
    """One look says what memory it has; CPU takes two."""
    result = a_result(sample(0, active=10), sample(1, active=10))
    result.second(0).usage = Usage(cpu_s=0.0, memory_mib=100)
    assert "gateway: 100 MiB" in lines(result)
    result.second(1).usage = Usage(cpu_s=0.5, memory_mib=101)
    assert "gateway: 50% of a core (50.00 ms a call and second), 101 MiB" in lines(result)
