"""Resampling of live audio. Sans-I/O.

FFmpeg's resampler, by PyAV: it filters, is 2 ms late and costs 12 µs for 100 ms. Not soxr: as a stream it gives audio
in bursts and keeps 70–115 ms of it back. Not `audioop.ratecv`: it does not filter, so from 24 kHz to 8 kHz everything
above 4 kHz folds down into the speech. Nor PyAV's own `AudioResampler`: it has a thread for every core of the machine,
asks each time whether there is more, and costs twice as much.

FFmpeg keeps its 2 ms back, so that no frame would be whole before the next one came, and no chunk complete before a
sixth frame. Here they are in front, as silence, once: each frame comes out as long as it went in.
"""

from fractions import Fraction
from typing import cast

from av import AudioFrame
from av.filter import Graph

from gateway.audio.linear import BYTES_PER_SAMPLE, FrameWriter, from_frames

_KEPT_BACK = 16
"""Samples of the lower rate: half of FFmpeg's filter (`filter_size` of its resampler options)."""


class Resampler:
    """Changes the rate of one stream of linear audio; equal rates pass through."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._to_hz = to_hz
        self._stream: _Stream | None = None

    def feed(self, linear: bytes) -> bytes:
        """The output of these whole samples, as long as they are; the sound in it is 2 ms late at 8 kHz."""
        if self._from_hz == self._to_hz or not linear:
            return linear
        if self._stream is None:
            self._stream = _Stream(self._from_hz, self._to_hz)
        return self._stream.feed(linear)

    def flush(self) -> bytes:
        """The rest of the sound, 2 ms. What is fed afterwards begins a new stream."""
        # FFmpeg's takes nothing more once it was drained.
        drained, self._stream = self._stream, None
        return drained.drain() if drained is not None else b""


class _Stream:
    """FFmpeg's filter `aresample`, from its first sample to its last."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._writer = FrameWriter(from_hz)
        self._graph = Graph()  # its filters do not keep it
        self._graph.threads = 1
        second = Fraction(1, from_hz)
        self._source = self._graph.add_abuffer(sample_rate=from_hz, format="s16", layout="mono", time_base=second)
        self._sink = self._graph.add("abuffersink")
        resampler = self._graph.add("aresample", str(to_hz))
        self._source.link_to(resampler)
        resampler.link_to(self._sink)
        self._graph.configure()
        in_front = -(-_KEPT_BACK * from_hz // min(from_hz, to_hz))
        self.feed(bytes(in_front * BYTES_PER_SAMPLE))

    def feed(self, linear: bytes) -> bytes:
        """What can be said after these samples."""
        self._source.push(self._writer.holding(linear))
        return self._next() or b""

    def drain(self) -> bytes:
        """What is left."""
        self._source.push(None)
        return b"".join(iter(self._next, None))

    def _next(self) -> bytes | None:
        """The output of one frame; None where it was but a sample or two, or there is no more."""
        try:
            return from_frames([cast("AudioFrame", self._sink.pull())])
        except (BlockingIOError, EOFError):
            return None
