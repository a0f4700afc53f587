import pytest
from prometheus_client import CollectorRegistry

from gateway.calls import Carrier, Direction
from gateway.telemetry.collector import CallCollector
from gateway.telemetry.counts import CallCounts, DropReason, StreamMessage

LOST = (Direction.IN, DropReason.NOT_READY)


class Scrape:
    """A collector, the calls that are live, and what Prometheus sees."""

    def __init__(self) -> None:
        self.live: list[tuple[Carrier, CallCounts]] = []
        self.collector = CallCollector(lambda: self.live)
        self.registry = CollectorRegistry()
        self.registry.register(self.collector)

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


def test_live_calls_are_counted_by_carrier() -> None:
    """A carrier without calls is 0, not absent: alerts compare it."""
    scrape = Scrape()
    scrape.live = [(Carrier.TELNYX, CallCounts()), (Carrier.TELNYX, CallCounts())]
    assert scrape.value("gateway_calls_active", carrier="telnyx") == 2
    assert scrape.value("gateway_calls_active", carrier="twilio") == 0


def test_figures_are_there_before_the_first_call() -> None:
    """`rate()` needs the 0 to start from."""
    scrape = Scrape()
    assert scrape.value("gateway_media_frames_total", carrier="twilio", direction="in") == 0
    assert scrape.value("gateway_media_gap_frames_total", carrier="telnyx") == 0
    assert scrape.value("gateway_marks_total", result="played") == 0
    assert scrape.value("gateway_kallglot_stream_messages_total", type="session.error") == 0


def test_live_and_finished_calls_add_up() -> None:
    """A counter never falls when a call ends."""
    scrape = Scrape()
    counts = CallCounts(frames_in=50, bytes_in=8_000, frames_out=7, bytes_out=5_600, gap_frames=2, marks_played=1)
    counts.outputs_in = 4
    counts.other_messages[StreamMessage.PONG] = 6
    counts.dropped[LOST] = 3
    counts.carrier_faults["100003"] = 1
    scrape.live = [(Carrier.TELNYX, counts)]

    def seen() -> list[float | None]:
        return [
            scrape.value("gateway_media_frames_total", carrier="telnyx", direction="in"),
            scrape.value("gateway_media_frames_total", carrier="telnyx", direction="out"),
            scrape.value("gateway_media_bytes_total", carrier="telnyx", direction="in"),
            scrape.value("gateway_media_bytes_total", carrier="telnyx", direction="out"),
            scrape.value("gateway_media_gap_frames_total", carrier="telnyx"),
            scrape.value("gateway_media_frames_dropped_total", direction="in", reason="not_ready"),
            scrape.value("gateway_marks_total", result="played"),
            scrape.value("gateway_carrier_stream_errors_total", carrier="telnyx", code="100003"),
            scrape.value("gateway_kallglot_stream_messages_total", type="audio.output"),
            scrape.value("gateway_kallglot_stream_messages_total", type="pong"),
        ]

    while_live = seen()
    assert while_live == [50, 7, 8_000, 5_600, 2, 3, 1, 1, 4, 6]
    scrape.live = []
    scrape.collector.finish(Carrier.TELNYX, counts)
    assert seen() == while_live
    assert seen() == while_live
    scrape.collector.finish(Carrier.TELNYX, counts)
    assert seen() == [2 * value for value in while_live if value is not None]


def test_times_are_seconds() -> None:
    scrape = Scrape()
    scrape.live = [(Carrier.TWILIO, CallCounts(concealed_ms=1_500)), (Carrier.TELNYX, CallCounts(concealed_ms=20))]
    assert scrape.value("gateway_concealed_seconds_total", direction="in") == pytest.approx(1.52)


def test_a_stream_that_the_carrier_could_not_open_is_counted() -> None:
    """There is no call here to count it on."""
    scrape = Scrape()
    scrape.collector.stream_failed(Carrier.TWILIO, "31920 - Handshake Error")
    assert scrape.value("gateway_carrier_stream_errors_total", carrier="twilio", code="31920") == 1


def test_drops_are_told_apart_by_direction() -> None:
    scrape = Scrape()
    counts = CallCounts()
    counts.dropped.update({LOST: 1, (Direction.OUT, DropReason.CLEARED): 5})
    scrape.live = [(carrier, counts) for carrier in Carrier]
    assert scrape.value("gateway_media_frames_dropped_total", direction="out", reason="cleared") == 10
    assert scrape.value("gateway_media_frames_dropped_total", direction="in", reason="not_ready") == 2
