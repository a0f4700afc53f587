"""What goes to Kallglot, how long it is and when it was said."""

import pytest

from gateway.audio.formats import AudioFormat, Encoding
from gateway.bridge.uplink import UplinkPolicy
from tests.bridge.caller_frames import Line, frame, frames


def test_chunks_are_dated_by_when_they_were_spoken() -> None:
    """Frame 1 is complete at 1020: its first sample was spoken at 1000."""
    line = Line()
    line.carry(*frames(range(1, 11)))
    assert [chunk.at_ms for chunk in line.chunks] == [1_000, 1_100]


def test_the_size_of_chunks_is_the_operators() -> None:
    line = Line(policy=UplinkPolicy(chunk_ms=200))
    line.carry(*frames(range(1, 21)))
    assert [chunk.duration_ms for chunk in line.chunks] == [200, 200]


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


def test_it_is_known_what_completes_a_chunk() -> None:
    """While frames follow each other; where one is missing nobody can say."""
    line = Line()
    line.carry(*frames([1, 2, 3]))
    line.carry(frame(4))
    assert line.uplink.missing_frames == 1
    line.carry(*frames([5, 6]))
    assert line.uplink.missing_frames == 4
    line.carry(frame(8))
    assert line.uplink.missing_frames == 0
