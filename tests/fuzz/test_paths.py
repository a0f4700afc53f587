"""The short paths of audio, fed whatever a carrier or Kallglot may number, date and declare."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.bridge.downlink import Downlink
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.carriers.audio import MediaBody
from gateway.errors import MessageError
from gateway.telemetry.counts import CallCounts
from tests.bridge.handset import telnyx, twilio
from tests.fuzz.depth import fuzz
from tests.fuzz.mutations import numbers

SOURCES = [PCMU_8K, AudioFormat(Encoding.L16, 16_000), AudioFormat(Encoding.G722), AudioFormat(Encoding.OPUS, 48_000)]
MOST_AT_ONCE_MS = 60_000

whole = st.one_of(st.integers(-2, 60), st.integers(-50, 500), numbers.filter(lambda number: isinstance(number, int)))
sounds = st.one_of(st.sampled_from([b"", b"\xff" * 160, bytes(161), bytes(640), bytes(20_000)]), st.binary(max_size=40))
bodies = st.builds(MediaBody, sounds, whole, whole, st.sampled_from(["inbound", "inbound", "inbound", "outbound", ""]))
pauses = st.sampled_from([0, 0, 1, 19, 20, 21, 60, 200, 5_000, 10**7])


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
def test_an_uplink_takes_any_frames(in_order: bool) -> None:
    """Any numbers, timestamps, sizes and pauses: chunks of the size agreed on, in time, and none too many at once."""

    @fuzz(66)
    @given(st.sampled_from(SOURCES), st.lists(st.tuples(bodies, pauses), max_size=40))
    def check(source: AudioFormat, frames: list[tuple[MediaBody, int]]) -> None:
        counts = CallCounts()
        uplink = Uplink(source, UplinkPolicy(), counts, in_order=in_order)
        now_ms = 1_000
        for body, pause_ms in frames:
            now_ms += pause_ms
            due_ms = uplink.next_deadline_ms()
            if due_ms is not None and due_ms <= now_ms:
                chunks = uplink.tick(now_ms)
                assert sum(chunk.duration_ms for chunk in chunks) <= MOST_AT_ONCE_MS
                later_ms = uplink.next_deadline_ms()
                assert later_ms is None or later_ms > now_ms
            chunks = uplink.feed([body], now_ms)
            assert {len(chunk.ulaw) for chunk in chunks} <= {800}
            assert sum(chunk.duration_ms for chunk in chunks) <= MOST_AT_ONCE_MS
        uplink.flush(now_ms)
        assert counts.frames_in == len(frames)

    check()


said = st.tuples(st.just("say"), st.tuples(sounds, st.sampled_from([*SOURCES, AudioFormat(Encoding.AMR_WB)])))
done = st.one_of(
    said,
    said,
    st.tuples(st.just("wait"), pauses),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("echo"), st.sampled_from(["1-1", "1-2", "2-1", "", "nobody\x00"])),
)


@pytest.mark.parametrize(
    "dialect",
    [twilio(), telnyx(), telnyx(AudioFormat(Encoding.L16, 24_000)), telnyx(AudioFormat(Encoding.G722))],
    ids=["twilio", "telnyx", "telnyx L16", "telnyx G722"],
)
def test_a_downlink_says_anything(dialect: object) -> None:
    """In messages that the carrier takes, never ahead of the lead, and it comes to an end."""

    @fuzz(33)
    @given(st.lists(done, max_size=30))
    def check(happenings: list[tuple[str, object]]) -> None:
        _say(dialect, happenings)

    check()


def _say(dialect: object, happenings: list[tuple[str, object]]) -> None:
    counts, now_ms, sent = CallCounts(), 1_000, list[bytes]()
    downlink = Downlink(dialect, PacingPolicy(), counts, 1, lambda _ulaw, _ms: None)  # type: ignore[arg-type]  # parametrized
    for kind, value in happenings:
        match kind, value:
            case "say", (bytes(payload), AudioFormat() as source):
                try:
                    downlink.feed(payload, source, now_ms)
                except MessageError:
                    continue
            case "wait", int(ms):
                now_ms += ms
            case "clear", _:
                sent += downlink.clear(now_ms)
            case "echo", str(name):
                downlink.echoed(name, now_ms)
        sent += downlink.tick(now_ms)
        due_ms = downlink.next_deadline_ms()
        assert due_ms is None or due_ms > now_ms
    turns = 0
    while (due_ms := downlink.next_deadline_ms()) is not None:
        now_ms = due_ms
        sent += downlink.tick(now_ms)
        turns += 1
        assert turns < 2_000
    assert not downlink.is_playing(now_ms + 1_000)
    assert all(json.loads(message)["event"] in {"media", "mark", "clear"} for message in sent)
