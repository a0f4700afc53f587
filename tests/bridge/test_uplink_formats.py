"""What a carrier's audio is made of, and what it is not."""

import audioop

import pytest

from gateway.audio.formats import AudioFormat, ByteOrder, Encoding
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.calls import Direction
from gateway.carriers.base import MediaBody
from gateway.errors import MessageFault, UnsupportedFormatError
from gateway.telemetry.counts import CallCounts
from tests.bridge.caller_frames import QUIET, Line, after_l16, frame, speech, spoken_l16

PCMA_8K = AudioFormat(Encoding.PCMA)
L16_8K = AudioFormat(Encoding.L16, 8000, ByteOrder.BIG)
NO_STALLS = UplinkPolicy(stall_ms=10_000)


@pytest.mark.parametrize("in_order", [True, False], ids=["twilio", "telnyx"])
def test_a_malformed_payload_is_silence_and_nothing_else(in_order: bool) -> None:
    """An L16 frame of odd length: counted, its time kept, its neighbours heard."""
    line = Line(L16_8K, in_order=in_order)
    line.carry(*[frame(n, spoken_l16(n) if n != 6 else b"odd") for n in range(1, 11)])
    line.hang_up()
    said = [after_l16(n) if n != 6 else QUIET for n in range(1, 11)]
    assert line.heard == b"".join(said)
    assert line.counts.dropped == {(Direction.IN, MessageFault.ODD_LENGTH): 1}


def test_a_malformed_payload_that_was_held_back_takes_no_other_with_it() -> None:
    """Those that waited with it are heard when their time has come."""
    line = Line(L16_8K, NO_STALLS, in_order=False)
    line.carry(frame(1, spoken_l16(1)), frame(3, b"odd"), frame(4, spoken_l16(4)))
    line.wait(150)
    line.carry(frame(7, b"odd"))
    line.wait(150)
    line.carry(frame(9, b"odd"))
    line.hang_up()
    assert line.heard == after_l16(1) + QUIET * 2 + after_l16(4)
    assert line.counts.dropped == {(Direction.IN, MessageFault.ODD_LENGTH): 3}


def test_an_empty_payload_is_silence() -> None:
    line = Line()
    line.carry(*[frame(n, b"" if n == 5 else None) for n in range(1, 11)])
    line.hang_up()
    assert line.heard == speech(range(1, 5)) + QUIET + speech(range(6, 11))


def test_alaw_becomes_ulaw() -> None:
    """Code by code, as ITU-T G.711's table 4 has it: a European caller at Telnyx."""
    line = Line(PCMA_8K)
    said = bytes(range(160))
    line.carry(frame(1, said))
    line.hang_up()
    assert line.heard == audioop.lin2ulaw(audioop.alaw2lin(said, 2), 2)


def test_packets_that_do_not_tell_their_length_are_taken_for_twenty_ms() -> None:
    """A packet of Opus that is no Opus is counted; the next one finds the gap by its number."""
    line = Line(AudioFormat(Encoding.OPUS, 48000), in_order=False)
    silent_20_ms = b"\xf8\xff\xfe"
    line.carry(MediaBody(silent_20_ms, 1), MediaBody(b"\xff\xff", 2), MediaBody(silent_20_ms, 3))
    assert line.counts.dropped == {(Direction.IN, MessageFault.NOT_A_MESSAGE): 1}
    assert line.counts.gap_frames == 1


def test_audio_that_cannot_be_decoded_is_refused_at_the_start() -> None:
    with pytest.raises(UnsupportedFormatError):
        Uplink(AudioFormat(Encoding.AMR_WB, 16000), UplinkPolicy(), CallCounts(), in_order=False)


@pytest.mark.parametrize(
    ("source", "frame_bytes"),
    [
        (AudioFormat(Encoding.L16, 16_000), 640),
        (AudioFormat(Encoding.L16, 24_000), 960),
        (AudioFormat(Encoding.G722), 160),
    ],
    ids=["l16-16k", "l16-24k", "g722"],
)
def test_a_wideband_chunk_goes_with_its_fifth_frame(source: AudioFormat, frame_bytes: int) -> None:
    """The resampler is late, but keeps no frame waiting for the next."""
    line = Line(source)
    for count in range(1, 11):
        line.carry(frame(count, bytes(frame_bytes)))
        assert len(line.chunks) == count // 5
