"""From the caller to Kallglot: reorder, fill gaps, transcode to μ-law 8 kHz, cut into chunks. Sans-I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.audio.formats import PCMU_8K, AudioFormat
from gateway.audio.transcode import Transcoder
from gateway.bridge.chunks import BYTES_PER_MS, SILENCE, Chunk, Chunker
from gateway.bridge.reorder import ReorderBuffer, ReorderPolicy
from gateway.bridge.timeline import Timeline
from gateway.calls import Direction
from gateway.carriers.audio import Frames, MediaBody, Run, bodies
from gateway.errors import MessageError
from gateway.telemetry.counts import CallCounts, DropReason
from gateway.telemetry.jitter import Jitter

_INBOUND = "inbound"
"""The caller's track; the other is what we play."""

_FRAME_MS = 20
"""What a missing frame is counted as."""

_LONGEST_FILL_MS = 5_000
"""The most silence at once, after a pause of this whole process: nobody wants to hear all of it."""

_FILL_STEP_MS = 100
"""How often silence is added while the carrier sends nothing."""


@dataclass(frozen=True, slots=True)
class UplinkPolicy:
    """How the caller's audio is made whole."""

    chunk_ms: int = 100
    stall_ms: int = 200
    """No frame for so long: silence is sent on, so that Kallglot hears that the caller has stopped speaking."""
    reorder: ReorderPolicy = field(default_factory=ReorderPolicy)


class Uplink:
    """One caller's audio, fed as many frames at a time as were read at once."""

    __slots__ = (
        "_bytes_per_second",
        "_chunker",
        "_counts",
        "_duration_us",
        "_filled_ms",
        "_heard_ms",
        "_is_odd",
        "_is_through",
        "_jitter",
        "_latest",
        "_overcounted_ms",
        "_policy",
        "_reorder",
        "_size",
        "_timeline",
        "_transcoder",
        "missing_frames",
    )

    def __init__(
        self,
        source: AudioFormat,
        policy: UplinkPolicy,
        counts: CallCounts,
        *,
        in_order: bool,
        jitter: Jitter | None = None,
    ) -> None:
        """`jitter` is told of every frame that is read by itself."""
        self.missing_frames = 0
        """Complete the next chunk, if nothing is missing before them; 0 where that cannot be said."""
        self._jitter = jitter
        self._policy = policy
        self._counts = counts
        self._bytes_per_second = source.bytes_per_second
        """None where the codec has frames of its own: its payloads cannot be joined."""
        self._size = 0
        self._duration_us = 0
        """Of a frame of `_size` bytes: nearly all are alike."""
        self._is_odd = False
        """Such a frame is not 20 ms long."""
        self._latest: MediaBody | Run | None = None
        """Where frames come in order: the one before, or a run that it is the last of."""
        self._transcoder = Transcoder(source, PCMU_8K)
        self._is_through = self._transcoder.is_through
        self._reorder = None if in_order else ReorderBuffer(policy.reorder, counts)
        self._timeline = Timeline()
        self._chunker = Chunker(policy.chunk_ms)
        self._heard_ms: int | None = None
        self._filled_ms = 0
        self._overcounted_ms = 0
        """Of `gap_frames`, less than a frame."""

    def feed(self, frames: Frames, now_ms: int, *, came_before: bool = False) -> Sequence[Chunk]:
        """Take frames in; the chunks that are ready for Kallglot. A broken payload is counted and left out.

        `came_before`: all but the last may have come earlier, and when is not known.
        """
        if self._jitter is not None and not came_before:
            self._follow(self._jitter, bodies(frames), now_ms)
        heard_ms = self._heard_ms
        if heard_ms is not None and (audio := self._run_on(frames)) is not None:
            chunks = self._take(audio, len(frames), now_ms)
            if came_before and not chunks:
                # Nobody was woken for these: the carrier may have been quiet since.
                self._heard_ms = min(now_ms, heard_ms + len(frames) * self._duration_us // 1_000)
            self.missing_frames = -(-self._chunker.missing_ms * 1_000 // self._duration_us)
            return chunks
        self.missing_frames = 0
        return [chunk for body in bodies(frames) for chunk in self._feed(body, now_ms)]

    @property
    def heard_ms(self) -> int | None:
        """When the latest frame was heard; None before the first."""
        return self._heard_ms

    @property
    def holds_back(self) -> bool:
        """Frames wait for earlier ones."""
        return self._held_until_ms() is not None

    def tick(self, now_ms: int) -> Sequence[Chunk]:
        """Give up on frames that are too late, and stand in for a carrier that sends none."""
        chunks: list[Chunk] = []
        if self._reorder is not None:
            chunks += self._accept_all(self._reorder.release(now_ms), now_ms)
        if self._heard_ms is not None and self._held_until_ms() is None:
            chunks += self._fill_stall(self._heard_ms, now_ms)
        return chunks

    def flush(self, now_ms: int) -> Sequence[Chunk]:
        """All that is held back, at the end of the call."""
        chunks: list[Chunk] = []
        if self._reorder is not None:
            chunks += self._accept_all(self._reorder.flush(), now_ms)
        return [*chunks, *self._chunker.flush()]

    def next_deadline_ms(self) -> int | None:
        """When to call `tick`, or None before the first frame."""
        held_ms = self._held_until_ms() if self._reorder is not None else None
        if held_ms is not None or self._heard_ms is None:
            return held_ms
        return self._heard_ms + max(self._policy.stall_ms, self._filled_ms + _FRAME_MS + _FILL_STEP_MS)

    def _follow(self, jitter: Jitter, bodies: Sequence[MediaBody], now_ms: int) -> None:
        units_per_ms = self._timeline.units_per_ms
        for body in bodies:
            if body.track == _INBOUND:
                jitter.arrived(body.timestamp, now_ms, units_per_ms)

    def _run_on(self, frames: Frames) -> bytes | None:
        """The audio of frames that are like those before and go on where those ended, as nearly all do; else None."""
        if self._bytes_per_second is None or self._filled_ms or not self._size:
            return None
        return self._goes_on(frames) if isinstance(frames, Run) else self._go_on(frames)

    def _goes_on(self, run: Run) -> bytes | None:
        if len(run.payload) != self._size * run.frames:
            return None
        reorder = self._reorder
        if reorder is not None and not reorder.is_next(run.chunk):
            return None
        if not self._timeline.goes_on(run):
            return None
        if reorder is None:
            self._latest = run
        else:
            reorder.go_on(run.frames)
        return run.payload

    def _go_on(self, bodies: Sequence[MediaBody]) -> bytes | None:
        for body in bodies:
            if len(body.payload) != self._size or body.track != _INBOUND:
                return None
        reorder = self._reorder
        if reorder is not None and not reorder.runs_on(bodies):
            return None
        if not self._timeline.runs_on(bodies):
            return None
        if reorder is None:
            self._latest = bodies[-1]
        else:
            reorder.go_on(len(bodies))
        return b"".join([body.payload for body in bodies])

    def _take(self, audio: bytes, frames: int, now_ms: int) -> Sequence[Chunk]:
        counts = self._counts
        counts.frames_in += frames
        counts.bytes_in += len(audio)
        if self._is_odd:
            counts.odd_frames += frames
        self._heard_ms = now_ms
        if not self._is_through:
            # Payloads of this length were read before: what makes one unreadable is its length alone.
            audio = self._transcoder.feed(audio)
        return self._chunker.feed(audio, now_ms)

    def _feed(self, body: MediaBody, now_ms: int) -> Sequence[Chunk]:
        self._counts.frames_in += 1
        self._counts.bytes_in += len(body.payload)
        if body.track != _INBOUND:
            self._counts.dropped[Direction.IN, DropReason.OTHER_TRACK] += 1
            return ()
        if self._reorder is None:
            return () if self._is_doubled(body) else self._accept(body, now_ms)
        return self._accept_all(self._reorder.push(body, now_ms), now_ms)

    def _is_doubled(self, body: MediaBody) -> bool:
        """The frame before has come again; said twice, it would make the call longer."""
        latest, self._latest = self._latest, body
        if isinstance(latest, Run):
            latest = latest.bodies()[-1]
        if latest is None or body.chunk != latest.chunk or not body.chunk or body != latest:
            return False
        self._counts.duplicates += 1
        return True

    def _held_until_ms(self) -> int | None:
        """When frames that wait for earlier ones are let go; while some do, the carrier has not gone quiet."""
        return self._reorder.next_deadline_ms() if self._reorder is not None else None

    def _accept_all(self, bodies: Sequence[MediaBody], now_ms: int) -> Sequence[Chunk]:
        if len(bodies) == 1:
            return self._accept(bodies[0], now_ms)
        return [chunk for body in bodies for chunk in self._accept(body, now_ms)]

    def _accept(self, body: MediaBody, now_ms: int) -> Sequence[Chunk]:
        ulaw = body.payload
        if not self._is_through:
            try:
                ulaw = self._transcoder.feed(ulaw)
            except MessageError as exc:
                # As if it had never come: the next frame finds the gap, and those that waited behind it go on.
                self._counts.dropped[Direction.IN, exc.fault] += 1
                return ()
        size = len(body.payload)
        if self._bytes_per_second is None:
            # Only the decoder knows: a packet of Opus holds up to 120 ms (RFC 6716 §3.2.5).
            self._last_for(len(ulaw) * 1_000 // BYTES_PER_MS)
        elif size != self._size:
            self._size = size
            self._last_for(size * 1_000_000 // self._bytes_per_second)
        if self._is_odd:
            self._counts.odd_frames += 1
        # Some carriers send nothing while nobody speaks: what they did not even number is a pause, and not lost.
        was_pause = self._filled_ms > 0 and self._timeline.is_next(body)
        gap_ms = self._timeline.gap_ms(body, self._duration_us)
        if gap_ms and not was_pause:
            self._count_missing(gap_ms)
        # What the stall already stood in for is not missing any more.
        chunks = self._add_silence(gap_ms - self._filled_ms, now_ms) if gap_ms else ()
        self._heard_ms = now_ms
        self._filled_ms = 0
        ready = self._chunker.feed(ulaw, now_ms)
        return [*chunks, *ready] if chunks else ready

    def _count_missing(self, gap_ms: int) -> None:
        """A part of a frame counts as one, so that none is overlooked; what that is too much, later gaps are less."""
        gap_ms -= self._overcounted_ms
        frames = -(-gap_ms // _FRAME_MS)
        self._counts.gap_frames += frames
        self._overcounted_ms = frames * _FRAME_MS - gap_ms

    def _last_for(self, duration_us: int) -> None:
        """The frame in hand is so long."""
        self._duration_us = duration_us
        self._is_odd = duration_us != _FRAME_MS * 1_000

    def _fill_stall(self, heard_ms: int, now_ms: int) -> Sequence[Chunk]:
        quiet_ms = now_ms - heard_ms
        if quiet_ms < self._policy.stall_ms:
            return ()
        if self._filled_ms == 0:
            self._counts.stalls += 1
        # The last of it is what the next frame brings with it.
        missing_ms = quiet_ms - _FRAME_MS - self._filled_ms
        self._filled_ms += missing_ms
        return self._add_silence(min(missing_ms, _LONGEST_FILL_MS), now_ms)

    def _add_silence(self, ms: int, now_ms: int) -> Sequence[Chunk]:
        if ms <= 0:
            return ()
        self._counts.concealed_ms += ms
        return self._chunker.feed(SILENCE * (ms * BYTES_PER_MS), now_ms)
