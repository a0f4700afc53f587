"""Resampling of live audio. Sans-I/O.

FFmpeg's resampler, by PyAV: it filters, is 2 ms late and costs about 25 µs for 100 ms. Not soxr: as a stream it gives
audio in bursts and keeps 70–115 ms of it back. Not `audioop.ratecv`: it does not filter, so from 24 kHz to 8 kHz
everything above 4 kHz folds down into the speech.

FFmpeg keeps its 2 ms back, so that no frame would be whole before the next one came, and no chunk complete before a
sixth frame. Here they are in front, as silence, once: each frame comes out as long as it went in.
"""

from av import AudioResampler

from gateway.audio.linear import BYTES_PER_SAMPLE, from_frames, to_frame

_KEPT_BACK = 16
"""Samples of the lower rate: half of FFmpeg's filter (`filter_size` of its resampler options)."""


class Resampler:
    """Changes the rate of one stream of linear audio; equal rates pass through."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._to_hz = to_hz
        self._resampler: AudioResampler | None = None

    def feed(self, linear: bytes) -> bytes:
        """The output of these whole samples, as long as they are; the sound in it is 2 ms late at 8 kHz."""
        if self._from_hz == self._to_hz or not linear:
            return linear
        if self._resampler is None:
            self._resampler = AudioResampler(format="s16", layout="mono", rate=self._to_hz)
            self._resampler.resample(to_frame(self._silence(), self._from_hz))
        return from_frames(self._resampler.resample(to_frame(linear, self._from_hz)))

    def flush(self) -> bytes:
        """The rest of the sound, 2 ms. What is fed afterwards begins a new stream."""
        # FFmpeg's takes nothing more once it was drained.
        drained, self._resampler = self._resampler, None
        return from_frames(drained.resample(None)) if drained is not None else b""

    def _silence(self) -> bytes:
        return bytes(-(-_KEPT_BACK * self._from_hz // min(self._from_hz, self._to_hz)) * BYTES_PER_SAMPLE)
