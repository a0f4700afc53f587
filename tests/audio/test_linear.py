from fractions import Fraction
from typing import cast

from av import AudioFrame, AudioResampler
from av.filter import Graph

from gateway.audio.linear import FrameWriter, from_frames
from tests.audio.tones import tone


def test_samples_come_back_out_of_a_frame() -> None:
    """Nothing is lost or added between our bytes and FFmpeg's frames."""
    linear = tone(440, 8000, 20)

    frame = FrameWriter(8000).holding(linear)

    assert (frame.samples, frame.sample_rate) == (160, 8000)
    assert from_frames([frame, frame]) == linear * 2


def test_what_ffmpeg_keeps_is_not_written_over() -> None:
    """A frame is used again; audio that somebody still has to read stays as it was."""
    writer, first, second = FrameWriter(8000), tone(440, 8000, 20), tone(1000, 8000, 20)
    graph = Graph()
    source = graph.add_abuffer(sample_rate=8000, format="s16", layout="mono", time_base=Fraction(1, 8000))
    sink = graph.add("abuffersink")
    source.link_to(sink)
    graph.configure()
    source.push(writer.holding(first))
    source.push(writer.holding(second))
    assert [from_frames([cast("AudioFrame", sink.pull())]) for _ in range(2)] == [first, second]


def test_no_frames_are_no_samples() -> None:
    """A resampler that has nothing to say yet is silence of no length."""
    assert from_frames([]) == b""


def test_the_padding_of_ffmpegs_buffers_is_not_heard() -> None:
    """FFmpeg rounds its planes up; the surplus would be a click in each frame."""
    frames = AudioResampler(format="s16", layout="mono", rate=8000).resample(
        FrameWriter(24000).holding(tone(440, 24000, 20))
    )

    assert frames[0].planes[0].buffer_size > frames[0].samples * 2
    assert len(from_frames(frames)) == sum(frame.samples for frame in frames) * 2
