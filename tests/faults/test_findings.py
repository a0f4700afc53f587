from gateway.calls import Carrier
from gateway.simulator.load.result import Result
from gateway.simulator.load.tally import Count, Figure, Tally
from tests.faults.findings import Carried, find
from tests.faults.patterns import Counterpart, Pattern
from tests.faults.report import as_json, table
from tests.faults.signs import Scrape, Sign

LOSS = Pattern("loss", Sign("gateway_media_gap_frames_total"))
CARRIERS = (Carrier.TWILIO,)


def scrape(gaps: int, *, said: int = 9) -> Scrape:
    return Scrape(
        f'gateway_media_gap_frames_total{{carrier="twilio"}} {gaps}\n'
        f'gateway_relay_latency_seconds_count{{direction="in"}} {gaps + 9}\n'
        f'gateway_relay_latency_seconds_count{{direction="out"}} {said}\n'
    )


def carried(before: Scrape, after: Scrape, **counts: int) -> Carried:
    tally = Tally()
    tally.counts.update({str(name): 2 for name in Count} | counts)
    tally.reasons["stream ended"] += 1
    tally.spreads[Figure.LATENESS].add(1)
    result = Result("", 1)
    result.add(tally.take(0, 0.1))
    return Carried(result, before, after)


CLEAN = carried(scrape(3), scrape(3))


def test_a_fault_that_ends_nothing_and_is_seen_is_well() -> None:
    load = carried(scrape(3), scrape(8, said=12))
    found = find(LOSS, CARRIERS, load, CLEAN)
    assert (found.calls, found.lost, found.heard, found.problems) == (2, 0, 2, [])
    assert [(seen.grown, seen.clean) for seen in found.seen] == [(5, 0)]
    assert "failed" not in table([found], [])
    assert as_json([found], ["a traceback"])["failures"] == ["a traceback"]


def test_what_callers_and_operators_would_miss_is_a_problem() -> None:
    """A call that ended, one that heard nothing, audio one way, and a metric that did not move."""
    load = carried(scrape(3), scrape(3), completed=1, heard=0, probes_found=1)
    found = find(LOSS, CARRIERS, load, CLEAN)
    assert found.problems == [
        "1 of 2 calls lasted until their caller hung up: 1 × stream ended",
        "2 callers heard nothing",
        "audio passed in one direction only",
        "2 callers heard themselves 1 times",
        'gateway_media_gap_frames_total{carrier="twilio"} grew by 0, and by 0 without the fault',
    ]
    assert "failed: loss (twilio): 2 callers heard nothing" in table([found], [])


def test_where_nobody_echoes_nobody_hears_themselves() -> None:
    said = Pattern("loss", LOSS.sign, counterpart=Counterpart.SCRIPT)
    load = carried(scrape(3), scrape(8, said=12), probes_found=0)
    assert find(said, CARRIERS, load, CLEAN).problems == []
    assert find(LOSS, CARRIERS, load, CLEAN).problems == ["2 callers heard themselves 0 times"]


def test_a_clean_load_on_a_busy_machine_is_a_doubt_too() -> None:
    """What is only late shows without the fault then."""
    clean = carried(scrape(3), scrape(4))
    clean.result.stopped_s = 1.0
    assert find(LOSS, CARRIERS, carried(scrape(3), scrape(8, said=12)), clean).doubts == ["it was stopped after 1 s"]
