"""From Kallglot to the caller: transcode, cut, pace, mark. Sans-I/O."""

from collections.abc import Callable

from gateway.audio.formats import PCMU_8K, AudioFormat
from gateway.audio.framing import Framer
from gateway.audio.transcode import Transcoder, silence
from gateway.bridge.pacing import Pacer, PacingPolicy
from gateway.bridge.playback import Playback
from gateway.bridge.sidetone import Sidetone
from gateway.calls import Direction
from gateway.carriers.base import MediaDialect
from gateway.errors import MessageError, MessageFault, UnsupportedFormatError
from gateway.telemetry.counts import CallCounts, DropReason

_PIECE_MS = 100
"""The most audio in one message to the carrier: one message, one system call, five frames."""

_MARK = b""
"""In the pacer's queue: here an utterance ends. Pieces of audio are never empty."""

_EARLY_MS, _LOST_MS = 100, 1_000
"""How much earlier than its audio should have been played a mark may come back, and how much later."""

_CARRIER_FRAME_MS = 20
"""A carrier plays one at each beat of its own. The first of an utterance waits for the next, half of it on average."""

_UTTERANCE_GAP_MS = 200
"""Nothing more from Kallglot for so long: the utterance is over. The documents know no marker for it."""


Said = Callable[[bytes, int], None]
"""Hears, in μ-law and at the time, what a caller is sent."""


class Downlink:
    """One caller's earpiece, fed a message at a time. What it answers is ready for the carrier's socket."""

    __slots__ = (
        "_bytes_per_ms",
        "_counts",
        "_dialect",
        "_fed_at_ms",
        "_least_bytes",
        "_pacer",
        "_piece_ms",
        "_pieces",
        "_playback",
        "_said",
        "_sidetone",
        "_slack_ms",
        "_source",
        "_transcoder",
    )

    def __init__(self, dialect: MediaDialect, policy: PacingPolicy, counts: CallCounts, epoch: int, said: Said) -> None:
        """`said` hears what goes to the carrier."""
        per_second = dialect.outgoing.bytes_per_second
        assert per_second is not None, "carriers are sent codecs of constant bit rate"
        self._bytes_per_ms = per_second // 1000
        self._least_bytes = max(dialect.minimum_ms, 1) * self._bytes_per_ms
        self._dialect = dialect
        self._counts = counts
        self._pacer = Pacer(policy)
        self._playback = Playback(epoch)
        self._source: AudioFormat | None = None
        self._transcoder: Transcoder | None = None
        self._piece_ms = min(_PIECE_MS, policy.lead_ms)
        self._pieces = Framer(self._piece_ms * self._bytes_per_ms)
        self._said = said
        self._sidetone = Sidetone() if dialect.outgoing != PCMU_8K else None
        self._fed_at_ms: int | None = None
        """When Kallglot last said something of the utterance that is under way; None between utterances."""
        self._slack_ms = _CARRIER_FRAME_MS // 2
        """How much later the rest of the utterance may come before the carrier has nothing to play at a beat."""

    def awaits_mark(self, now_ms: int) -> bool:
        """A mark may come back any moment; one that is so late that it will not is not waited for."""
        due_ms = self._playback.next_due_ms
        return due_ms is not None and due_ms - _EARLY_MS <= now_ms <= due_ms + _LOST_MS

    def is_playing(self, now_ms: int) -> bool:
        """Something waits here or is being played at the carrier."""
        return self._pacer.queued_ms > 0 or self._pieces.pending_bytes > 0 or self._pacer.dry_at_ms > now_ms

    def unheard_ms(self, now_ms: int) -> int:
        """Audio that the caller has yet to hear, here and at the carrier."""
        return self._pacer.queued_ms + max(0, self._pacer.dry_at_ms - now_ms)

    def say(self, payload: bytes, source: AudioFormat, now_ms: int) -> list[bytes]:
        """Take in what Kallglot says, and send on what is due.

        Raises:
            MessageError: as `feed` does.
        """
        audio = self._take_in(payload, source, now_ms)
        dry_ms = self._dry_ms(now_ms)
        if self._is_whole_piece(audio) and self._pacer.passes(self._piece_ms, now_ms):
            if dry_ms:
                self._was_dry(dry_ms)
            return [self._play(audio, self._piece_ms, now_ms)]
        self._queue(audio)
        return self.tick(now_ms)

    def feed(self, payload: bytes, source: AudioFormat, now_ms: int) -> None:
        """Take in what Kallglot says; `tick` sends it on.

        Raises:
            MessageError: the payload is no audio that can be read; it is lost and nothing else.
        """
        self._queue(self._take_in(payload, source, now_ms))

    def tick(self, now_ms: int) -> list[bytes]:
        """Send on what is due, and mark the end of an utterance."""
        if self._fed_at_ms is not None and now_ms - self._fed_at_ms >= _UTTERANCE_GAP_MS:
            self._fed_at_ms = None
            self._push_last()
            self._pacer.push(_MARK, 0)
        return self._release(now_ms)

    def clear(self, now_ms: int) -> list[bytes]:
        """Stop speaking at once: what waits here and what waits at the carrier is thrown away."""
        frames = self._pacer.clear(now_ms) + (1 if self._pieces.flush() else 0)
        if frames:
            self._counts.dropped[Direction.OUT, DropReason.CLEARED] += frames
        if self._sidetone is not None:
            self._sidetone.clear()
        self._transcoder = None
        self._fed_at_ms = None
        self._playback.cleared()
        self._slack_ms = _CARRIER_FRAME_MS // 2
        self._counts.clears += 1
        return [self._dialect.clear()]

    def echoed(self, name: str, now_ms: int) -> int | None:
        """A mark came back from the carrier: by how many milliseconds too late, None where that cannot be said."""
        late_ms = self._playback.late_ms(name, now_ms)
        played_ms = self._playback.echoed(name)
        if played_ms:
            self._counts.marks_played += 1
            self._counts.heard_ms += played_ms
        elif played_ms == 0:
            self._counts.marks_cleared += 1
        return late_ms

    def next_deadline_ms(self) -> int | None:
        """When to call `tick`, or None while there is nothing to say."""
        due_ms = self._pacer.next_deadline_ms()
        if due_ms is None and self._fed_at_ms is not None:
            return self._fed_at_ms + _UTTERANCE_GAP_MS
        return due_ms

    def _take_in(self, payload: bytes, source: AudioFormat, now_ms: int) -> bytes:
        """What of it the carrier can be sent."""
        transcoder = self._transcoder_for(source)
        audio = payload if transcoder.is_through else transcoder.feed(payload)
        if self._sidetone is not None:
            self._sidetone.feed(payload, source)
        self._fed_at_ms = now_ms
        return audio

    def _is_whole_piece(self, audio: bytes) -> bool:
        """It can go as it is, as nearly all can: nothing waits to be cut before it."""
        return len(audio) == self._piece_ms * self._bytes_per_ms and not self._pieces.pending_bytes

    def _queue(self, audio: bytes) -> None:
        for piece in self._pieces.feed(audio):
            self._push(piece)
        if self._pieces.pending_bytes >= self._least_bytes:
            # The rest need not wait for more: it is as much as the carrier takes.
            self._push_rest(whole=self._least_bytes)

    def _dry_ms(self, now_ms: int) -> int:
        """For how long the carrier has been out of audio in the middle of an utterance."""
        dry_ms = now_ms - self._pacer.dry_at_ms
        return dry_ms if dry_ms > 0 and not self._playback.is_marked else 0

    def _was_dry(self, dry_ms: int) -> None:
        """The utterance goes on. However long it was, and however many messages came meanwhile, it is one gap."""
        self._slack_ms -= dry_ms
        if self._slack_ms < 0:
            self._counts.underruns += 1
            self._slack_ms %= _CARRIER_FRAME_MS

    def _transcoder_for(self, source: AudioFormat) -> Transcoder:
        if self._transcoder is None or (source is not self._source and source != self._source):
            try:
                transcoder = Transcoder(source, self._dialect.outgoing)
            except UnsupportedFormatError as exc:
                raise MessageError(MessageFault.NOT_A_MESSAGE, str(exc)) from exc
            if self._transcoder is not None:
                # The end of what was said in the other format.
                self._queue(self._transcoder.flush())
            self._source, self._transcoder = source, transcoder
        return self._transcoder

    def _push_rest(self, *, whole: int) -> None:
        rest = self._pieces.flush()
        size = len(rest) - len(rest) % whole
        self._push(rest[:size])
        self._pieces.feed(rest[size:])

    def _push_last(self) -> None:
        assert self._transcoder is not None, "an utterance has a source"
        rest = self._pieces.flush() + self._transcoder.flush()
        if not rest:
            return
        missing = self._dialect.minimum_ms * self._bytes_per_ms - len(rest)
        if missing > 0:
            # Telnyx takes no less than 20 ms; only the very last of an utterance is stretched to it.
            rest += silence(self._dialect.outgoing, -(-missing // self._bytes_per_ms))[:missing]
        self._push(rest)

    def _push(self, piece: bytes) -> None:
        ms = max(1, len(piece) // self._bytes_per_ms)
        dropped = self._pacer.push(piece, ms)
        if dropped:
            if self._sidetone is not None:
                self._sidetone.take(ms)
            self._counts.dropped[Direction.OUT, DropReason.QUEUE_FULL] += dropped

    def _release(self, now_ms: int) -> list[bytes]:
        messages = []
        dry_ms = self._dry_ms(now_ms)
        for piece in self._pacer.release(now_ms):
            if piece != _MARK:
                if dry_ms:
                    self._was_dry(dry_ms)
                messages.append(self._play(piece, max(1, len(piece) // self._bytes_per_ms), now_ms))
            elif not self._playback.is_marked:
                self._counts.marks_sent += 1
                self._slack_ms = _CARRIER_FRAME_MS // 2
                # With the next utterance behind it in the same breath it is due earlier: then it is not called late.
                due_ms = max(now_ms, self._pacer.dry_at_ms)
                messages.append(self._dialect.mark(self._playback.mark(due_ms)))
            dry_ms = 0
        return messages

    def _play(self, piece: bytes, ms: int, now_ms: int) -> bytes:
        self._counts.frames_out += 1
        self._counts.bytes_out += len(piece)
        self._playback.sent(ms)
        self._said(piece if self._sidetone is None else self._sidetone.take(ms), now_ms)
        return self._dialect.media(piece)
