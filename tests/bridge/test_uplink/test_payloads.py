"""What a frame may hold: any codec we know, nothing, nonsense, the other track."""

import audioop

import msgspec
import pytest

from gateway.audio.formats import PCMU_8K, AudioFormat, Encoding
from gateway.bridge.chunks import Chunk
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.calls import Direction
from gateway.carriers.audio import MediaBody
from gateway.errors import MessageFault, UnsupportedFormatError
from gateway.telemetry.counts import CallCounts, DropReason
from gateway.telemetry.jitter import Jitter
from tests.bridge.caller_frames import FRAME_MS, L16_8K, QUIET, Line, frame, frames, l16, speech, spoken

PCMA_8K = AudioFormat(Encoding.PCMA)
NO_STALLS = UplinkPolicy(stall_ms=10_000)


def _said(number: int) -> bytes:
    """What is left of `spoken` after a way through L16: μ-law knows two zeros, linear audio one."""
    return audioop.lin2ulaw(audioop.ulaw2lin(spoken(number), 2), 2)


def test_alaw_becomes_ulaw() -> None:
    """Code by code, as ITU-T G.711's table 4 has it: a European caller at Telnyx."""
    line = Line(PCMA_8K)
    said = bytes(range(160))
    line.carry(frame(1, said))
    line.hang_up()
    assert line.heard == audioop.lin2ulaw(audioop.alaw2lin(said, 2), 2)


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
def test_a_malformed_payload_is_silence_and_nothing_else(in_order: bool) -> None:
    """An L16 frame of odd length: counted, its time kept, its neighbours heard."""
    line = Line(L16_8K, in_order=in_order)
    line.carry(*[frame(n, l16(n) if n != 6 else b"odd") for n in range(1, 11)])
    line.hang_up()
    said = [_said(n) if n != 6 else QUIET for n in range(1, 11)]
    assert line.heard == b"".join(said)
    assert line.counts.dropped == {(Direction.IN, MessageFault.ODD_LENGTH): 1}


def test_a_malformed_payload_that_was_held_back_takes_no_other_with_it() -> None:
    """Those that waited with it are heard when their time has come."""
    line = Line(L16_8K, NO_STALLS, in_order=False)
    line.carry(frame(1, l16(1)), frame(3, b"odd"), frame(4, l16(4)))
    line.wait(150)
    line.carry(frame(7, b"odd"))
    line.wait(150)
    line.carry(frame(9, b"odd"))
    line.hang_up()
    assert line.heard == _said(1) + QUIET * 2 + _said(4)
    assert line.counts.dropped == {(Direction.IN, MessageFault.ODD_LENGTH): 3}


def test_an_empty_payload_is_silence() -> None:
    line = Line()
    line.carry(*[frame(n, b"" if n == 5 else None) for n in range(1, 11)])
    line.hang_up()
    assert line.heard == speech(range(1, 5)) + QUIET + speech(range(6, 11))


@pytest.mark.parametrize("in_order", [True, False], ids=["in order", "out of order"])
@pytest.mark.parametrize("numbers", [(11, 11), (11, 12)], ids=["the same number", "another number"])
def test_empty_payloads_in_a_row_end_nothing(numbers: tuple[int, int], in_order: bool) -> None:
    """Messages without audio, each where the next frame was due, and the call goes on."""
    line = Line(in_order=in_order)
    line.carry(*frames(range(1, 11)))
    line.carry(*[msgspec.structs.replace(frame(11, b""), chunk=number) for number in numbers])
    line.carry(*[frame(number, chunk=number + numbers[-1] - 10) for number in range(11, 21)])
    line.hang_up()
    assert line.heard == speech(range(1, 21))


def test_a_packet_that_is_none_leaves_a_gap() -> None:
    """A packet of Opus that is no Opus is counted; the next one finds the gap by its number."""
    line = Line(AudioFormat(Encoding.OPUS, 48000), in_order=False)
    silent_20_ms = b"\xf8\xff\xfe"
    line.carry(MediaBody(silent_20_ms, 1), MediaBody(b"\xff\xff", 2), MediaBody(silent_20_ms, 3))
    assert line.counts.dropped == {(Direction.IN, MessageFault.NOT_A_MESSAGE): 1}
    assert line.counts.gap_frames == 1


@pytest.mark.parametrize(("packet", "ms"), [(b"\xf0\xff\xfe", 10), (b"\xf9\xff\xfe\xff\xfe", 40), (b"\x18", 60)])
@pytest.mark.parametrize("units_per_ms", [8, 48])
def test_packets_last_for_as_long_as_they_say(packet: bytes, ms: int, units_per_ms: int) -> None:
    """Opus of any length: a lost packet is as much silence, and frames that come in time do not jitter."""
    counts, jitter = CallCounts(), Jitter()
    uplink = Uplink(AudioFormat(Encoding.OPUS, 48_000), NO_STALLS, counts, in_order=True, jitter=jitter)
    chunks: list[Chunk] = []
    for number in (*range(1, 30), *range(31, 41)):
        body = MediaBody(packet, number, number * ms * units_per_ms)
        chunks += uplink.feed([body], now_ms=number * ms)
    chunks += uplink.flush(now_ms=40 * ms)
    assert sum(chunk.duration_ms for chunk in chunks) == 40 * ms
    assert counts.concealed_ms == ms
    assert jitter.ms == 0
    assert counts.odd_frames == 39


@pytest.mark.parametrize("at_once", [1, 5])
def test_frames_of_an_odd_length_are_counted(at_once: int) -> None:
    """However many of them are read at once."""
    counts = CallCounts()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), counts, in_order=True)
    bodies = [MediaBody(bytes(240), chunk=n, timestamp=n * 30) for n in range(1, 11)]
    for now_ms, first in enumerate(range(0, 10, at_once)):
        uplink.feed(bodies[first : first + at_once], 1_000 + now_ms * 30 * at_once)
    assert counts.odd_frames == counts.frames_in == 10


def test_what_we_played_is_not_what_the_caller_said() -> None:
    """Frames of the other track are counted and dropped."""
    line = Line()
    line.carry(frame(1), frame(2, track="outbound"), frame(2))
    line.hang_up()
    assert line.heard == speech([1, 2])
    assert line.counts.dropped == {(Direction.IN, DropReason.OTHER_TRACK): 1}


def test_what_we_played_does_not_count_as_jitter() -> None:
    """It comes when we sent it."""
    jitter = Jitter()
    uplink = Uplink(PCMU_8K, UplinkPolicy(), CallCounts(), in_order=True, jitter=jitter)
    for number in range(1, 11):
        now_ms = 1_000 + number * FRAME_MS
        uplink.feed([frame(number)], now_ms)
        uplink.feed([frame(number, track="outbound")], now_ms + 13)
    assert jitter.take_highest_ms() == 0


def test_what_came_is_counted() -> None:
    """Frames and bytes as the carrier sent them, those that are dropped too."""
    line = Line(PCMU_8K, in_order=False)
    line.carry(*frames([1, 2, 2]))
    assert (line.counts.frames_in, line.counts.bytes_in, line.counts.duplicates) == (3, 480, 1)


def test_audio_that_cannot_be_decoded_is_refused_at_the_start() -> None:
    with pytest.raises(UnsupportedFormatError):
        Uplink(AudioFormat(Encoding.AMR_WB, 16000), UplinkPolicy(), CallCounts(), in_order=False)
