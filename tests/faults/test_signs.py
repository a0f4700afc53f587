from gateway.calls import Carrier
from tests.faults.signs import Scrape, Sign

SCRAPE = Scrape(
    """# TYPE gateway_media_stalls counter
gateway_media_stalls_total{carrier="twilio"} 3.0
gateway_media_stalls_total{carrier="telnyx"} 4.0
# TYPE gateway_mark_lateness_seconds histogram
gateway_mark_lateness_seconds_bucket{carrier="twilio",le="0.1"} 5.0
gateway_mark_lateness_seconds_bucket{carrier="twilio",le="+Inf"} 7.0
gateway_mark_lateness_seconds_count{carrier="twilio"} 7.0
gateway_mark_lateness_seconds_sum{carrier="twilio"} 1.0
"""
)


def test_a_sign_is_read_over_the_labels_that_it_does_not_name() -> None:
    stalls = Sign("gateway_media_stalls_total")
    assert stalls.read(SCRAPE) == 7
    assert stalls.of(Carrier.TELNYX).read(SCRAPE) == 4
    assert Sign("gateway_media_stalls_total", by_carrier=False).of(Carrier.TELNYX).read(SCRAPE) == 7
    assert str(stalls.of(Carrier.TELNYX)) == 'gateway_media_stalls_total{carrier="telnyx"}'


def test_of_a_histogram_only_what_is_above_the_limit_counts() -> None:
    late = Sign("gateway_mark_lateness_seconds", above_s=0.1)
    assert late.read(SCRAPE) == 2
    assert str(late) == "gateway_mark_lateness_seconds above 0.1 s"


def test_a_metric_that_grows_by_itself_shows_nothing() -> None:
    """One of what the clock says may grow a little on a busy machine; every other not at all."""
    counted, timed = Sign("x_total"), Sign("x_seconds", is_timed=True)
    assert counted.is_shown(grown=1, clean=0)
    assert not counted.is_shown(grown=0, clean=0)
    assert not counted.is_shown(grown=100, clean=1)
    assert timed.is_shown(grown=4, clean=1)
    assert not timed.is_shown(grown=4, clean=2)
    assert not timed.is_shown(grown=0, clean=0)
