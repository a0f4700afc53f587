from av import AudioResampler

from gateway.audio.linear import from_frames, to_frame
from tests.audio.tones import tone


def test_samples_come_back_out_of_a_frame() -> None:
    """Nothing is lost or added between our bytes and FFmpeg's frames."""
    linear = tone(440, 8000, 20)

    frame = to_frame(linear, 8000)

    assert (frame.samples, frame.sample_rate) == (160, 8000)
    assert from_frames([frame, frame]) == linear * 2


def test_no_frames_are_no_samples() -> None:
    """A resampler that has nothing to say yet is silence of no length."""
    assert from_frames([]) == b""


def test_the_padding_of_ffmpegs_buffers_is_not_heard() -> None:
    """FFmpeg rounds its planes up; the surplus would be a click in each frame."""
    frames = AudioResampler(format="s16", layout="mono", rate=8000).resample(to_frame(tone(440, 24000, 20), 24000))

    assert frames[0].planes[0].buffer_size > frames[0].samples * 2
    assert len(from_frames(frames)) == sum(frame.samples for frame in frames) * 2
