"""One call's leg towards its carrier: the media socket's messages in, audio and marks out."""

from collections.abc import Sequence
from typing import Protocol, assert_never

from gateway.audio.formats import AudioFormat
from gateway.bridge.chunks import Chunk
from gateway.bridge.downlink import Downlink
from gateway.bridge.events import Event, MediaLost, MediaUnusable, TimePassed
from gateway.bridge.gathering import LOOK_AFTER_MS, Gathering
from gateway.bridge.monitor import CallMonitor
from gateway.bridge.nobody import NOBODY
from gateway.bridge.pacing import PacingPolicy
from gateway.bridge.uplink import Uplink, UplinkPolicy
from gateway.calls import Direction
from gateway.carriers.audio import Frames, MediaBody
from gateway.carriers.base import (
    Digit,
    Greeted,
    MarkEchoed,
    MediaDialect,
    MediaEvent,
    MediaStarted,
    MediaStopped,
    StreamFault,
)
from gateway.clock import Clock
from gateway.errors import MessageError, MessageFault, UnsupportedFormatError
from gateway.telemetry.blackbox import EventKind, word
from gateway.telemetry.counts import CallCounts, DropReason

_EARLY_PAYLOADS, _EARLY_BYTES = 500, 1 << 20
"""What Kallglot may say before the carrier's `start`: two minutes of μ-law, far more than the start may take."""

_FAULT_CODES = 32
"""Different complaints of a carrier's that are told apart on one call."""


class Socket(Protocol):
    """The carrier's WebSocket, as far as a call needs it."""

    def send(self, data: bytes) -> None:
        """Send a text message; nothing happens once it is closed."""
        ...

    def gather(self, least_bytes: int) -> None:
        """Tell of nothing before so many bytes are there, or the carrier has closed."""
        ...

    def close(self, code: int) -> None:
        """Close it, politely and without waiting."""
        ...


class CarrierEars(Protocol):
    """Who is told what the carrier says."""

    def handle(self, event: Event) -> None:
        """Something happened to the call."""
        ...

    def caller_audio(self, chunks: Sequence[Chunk]) -> None:
        """The caller said something."""
        ...

    def failed(self, exc: Exception) -> None:
        """A bug of ours came up while listening."""
        ...


class CarrierLeg:
    """Hears the media socket. Audio takes the short path, everything else goes to the brain."""

    __slots__ = (
        "_clock",
        "_counts",
        "_dialect",
        "_downlink",
        "_early",
        "_ears",
        "_gathering",
        "_monitor",
        "_socket",
        "_uplink",
        "_writable",
        "frame_at_us",
    )

    def __init__(
        self,
        socket: Socket,
        dialect: MediaDialect,
        ears: CarrierEars,
        counts: CallCounts,
        clock: Clock,
        monitor: CallMonitor,
    ) -> None:
        self.frame_at_us = 0
        """When the caller's frame came that is being taken in; 0 while none is."""
        self._monitor = monitor
        self._socket = socket
        self._dialect = dialect
        self._gathering = Gathering()
        self._ears = ears
        self._counts = counts
        self._clock = clock
        self._uplink: Uplink | None = None
        self._downlink: Downlink | None = None
        self._early: list[tuple[bytes, AudioFormat]] = []
        self._writable = True

    def start(self, source: AudioFormat, uplink: UplinkPolicy, pacing: PacingPolicy, epoch: int) -> None:
        """The carrier said what its audio is: begin, with what Kallglot said already.

        Raises:
            UnsupportedFormatError: it is nothing we can decode.
        """
        jitter, said, in_order = self._monitor.jitter, self._monitor.said, self._dialect.in_order
        self._uplink = Uplink(source, uplink, self._counts, in_order=in_order, jitter=jitter)
        self._downlink = Downlink(self._dialect, pacing, self._counts, epoch, said)
        early, self._early = self._early, []
        for payload, early_source in early:
            try:
                self.play(payload, early_source)
            except MessageError as exc:
                self._counts.dropped[Direction.OUT, exc.fault] += 1

    def play(self, payload: bytes, source: AudioFormat) -> None:
        """Say this to the caller after what is queued already."""
        if self._downlink is None:
            self._early.append((payload, source))
            while len(self._early) > _EARLY_PAYLOADS or sum(len(early) for early, _ in self._early) > _EARLY_BYTES:
                self._early.pop(0)
                self._counts.dropped[Direction.OUT, DropReason.QUEUE_FULL] += 1
            return
        now_ms = self._clock.now_ms()
        if self._writable:
            self._send(self._downlink.say(payload, source, now_ms))
        else:
            self._downlink.feed(payload, source, now_ms)

    def interrupt(self) -> bool:
        """Stop speaking to the caller; whether anything was being said."""
        now_ms = self._clock.now_ms()
        if self._downlink is None or not self._downlink.is_playing(now_ms):
            return False
        self._send(self._downlink.clear(now_ms))
        return True

    def is_playing(self) -> bool:
        """The caller has not heard everything yet."""
        return self._downlink is not None and self._downlink.is_playing(self._clock.now_ms())

    def queued_ms(self) -> int:
        """What waits to be played, here and at the carrier."""
        return self._downlink.unheard_ms(self._clock.now_ms()) if self._downlink is not None else 0

    def tick(self, now_ms: int) -> None:
        """Do what is due on either path."""
        self.frame_at_us = 0
        if self._uplink is not None:
            self._tick_uplink(self._uplink, now_ms)
        if self._downlink is not None and self._writable:
            due_ms = self._downlink.next_deadline_ms()
            if due_ms is not None and due_ms <= now_ms:
                self._monitor.paced(now_ms - due_ms)
            self._send(self._downlink.tick(now_ms))

    def next_deadline_ms(self) -> int | None:
        """When to call `tick`, or None before `start`."""
        uplink_ms = self._listen_deadline_ms(self._uplink) if self._uplink is not None else None
        downlink_ms = self.play_deadline_ms()
        if uplink_ms is None or downlink_ms is None:
            return uplink_ms if downlink_ms is None else downlink_ms
        return min(uplink_ms, downlink_ms)

    def play_deadline_ms(self) -> int | None:
        """When to call `tick` for what is to be played."""
        return self._downlink.next_deadline_ms() if self._downlink is not None and self._writable else None

    def flush(self) -> Sequence[Chunk]:
        """The caller's last words, held back until now."""
        return self._uplink.flush(self._clock.now_ms()) if self._uplink is not None else ()

    def close(self, code: int) -> None:
        """Close the socket: the carrier goes on with its document, and nobody is told what it says until then."""
        self._ears = NOBODY  # a relay and its legs that know of each other would wait for the garbage collector
        self._socket.close(code)

    def media_messages(self, messages: list[bytes]) -> None:
        """Text messages that were read at once; a broken one is counted and ends nothing."""
        try:
            self.frame_at_us = self._clock.now_us()
            frames = self._dialect.frames(messages)
            if frames is not None:
                self._hear(frames, messages)
            else:
                self._take_each(messages)
        except Exception as exc:  # noqa: BLE001 - the outer edge of a callback: a bug ends this call, not the loop
            self._ears.failed(exc)

    def media_unwanted(self, fault: MessageFault) -> None:
        """Something came that is no text message of bearable size."""
        self._counts.dropped[Direction.IN, fault] += 1

    def media_writable(self, *, writable: bool) -> None:
        """The carrier reads again, or does not keep up: then its audio waits here, where it is bounded."""
        self._writable = writable
        if writable:
            self.tick(self._clock.now_ms())
            # Nobody has asked for a deadline since: what is left is due again.
            self._ears.handle(TimePassed())

    def media_closed(self, code: int) -> None:
        """The socket is gone."""
        self._ears.handle(MediaLost(code))

    def _take_each(self, messages: list[bytes]) -> None:
        frames: list[MediaBody] = []
        for message in messages:
            event = self._read(message)
            if type(event) is MediaBody:
                frames.append(event)
            elif event is not None:
                self._hear(frames, messages)
                frames = []
                self._take(event)
        self._hear(frames, messages)

    def _read(self, message: bytes) -> MediaEvent | None:
        try:
            return self._dialect.decode(message)
        except MessageError as exc:
            self._counts.dropped[Direction.IN, exc.fault] += 1
        except UnsupportedFormatError as exc:
            if self._uplink is None:
                self._ears.handle(MediaUnusable(str(exc)))
            else:  # a second `start`: the audio goes on as it was declared first
                self._counts.dropped[Direction.IN, MessageFault.NOT_A_MESSAGE] += 1
        return None

    def _hear(self, frames: Frames, messages: list[bytes]) -> None:
        """The caller's audio: what is complete goes on, and it is said when to look for more."""
        uplink = self._uplink
        if not frames:
            return
        if uplink is None:
            self._counts.dropped[Direction.IN, DropReason.BEFORE_START] += len(frames)
            return
        gathering = self._gathering
        now_ms = self.frame_at_us // 1_000
        if chunks := uplink.feed(frames, now_ms, came_before=gathering.came_before(now_ms)):
            self._ears.caller_audio(chunks)
        # A mark is looked for as soon as it can be back: it says what the caller has heard, and when.
        missing = 0 if self._downlink is not None and self._downlink.awaits_mark(now_ms) else uplink.missing_frames
        if gathering.read(len(frames), _longest(messages), missing):
            self._socket.gather(gathering.least_bytes)

    def _tick_uplink(self, uplink: Uplink, now_ms: int) -> None:
        due_ms = self._listen_deadline_ms(uplink)
        if due_ms is None or due_ms > now_ms:
            return
        if self._gathering.has_to_look(now_ms) and not uplink.holds_back:
            # Perhaps it was us who did not listen: whether the carrier has stalled is known when all has been read.
            if self._gathering.look(now_ms):
                self._socket.gather(self._gathering.least_bytes)
        elif chunks := uplink.tick(now_ms):
            self._ears.caller_audio(chunks)

    def _listen_deadline_ms(self, uplink: Uplink) -> int | None:
        due_ms, answered_ms = uplink.next_deadline_ms(), self._gathering.answered_by_ms
        if due_ms is None:
            return None
        if answered_ms is not None:
            return max(due_ms, answered_ms)
        if uplink.heard_ms is None or self._gathering.least_bytes == 1:
            return due_ms
        # However long a stall may be: that the caller has hung up must not lie there unread.
        return min(due_ms, uplink.heard_ms + LOOK_AFTER_MS)

    def _take(self, event: MediaEvent) -> None:
        match event:
            case MediaStarted() | MediaStopped():
                self._ears.handle(event)
            case MarkEchoed():
                self._mark_came_back(event.name)
            case Digit():
                # Counted, and not more: what callers key in is theirs, and Kallglot documents no message for it.
                self._counts.digits += 1
                self._monitor.note(EventKind.DIGIT)
            case StreamFault():
                self._monitor.note(EventKind.CARRIER_FAULT, word(event.code))
                faults = self._counts.carrier_faults
                faults[event.code if event.code in faults or len(faults) < _FAULT_CODES else "other"] += 1
            case Greeted() | MediaBody():
                pass
            case _:
                assert_never(event)

    def _mark_came_back(self, name: str) -> None:
        late_ms = self._downlink.echoed(name, self._clock.now_ms()) if self._downlink is not None else None
        if late_ms is not None:
            self._monitor.marked(late_ms)

    def _send(self, messages: Sequence[bytes]) -> None:
        for message in messages:
            self._socket.send(message)


def _longest(messages: list[bytes]) -> int:
    longest = 0
    for message in messages:
        if len(message) > longest:  # noqa: PLR1730 - compiled it is a comparison, and max() a call
            longest = len(message)
    return longest
