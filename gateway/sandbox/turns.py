"""Finds where somebody speaks, by the audio alone. Sans-I/O: time is counted in the audio that was received."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

FRAME_BYTES = 160
"""20 ms of μ-law at 8 kHz, one of the three lengths that webrtcvad judges."""
FRAME_MS = 20

SpeechDetector = Callable[[bytes], bool]
"""Tells whether 20 ms of μ-law are speech."""


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """What counts as a turn. Whole frames of 20 ms."""

    start_ms: int = 60
    """Speech without a break that begins a turn: shorter than a syllable, longer than a click."""
    pre_roll_ms: int = 200
    """Audio from before the speech that belongs to the turn: soft onsets escape a detector."""
    hangover_ms: int = 500
    """Silence that ends a turn; it belongs to the turn."""
    partial_every_ms: int = 1000
    """How often a turn that goes on is reported."""
    limit_ms: int = 60_000
    """A turn longer than this is ended and the next one begun, so that it fits into memory."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """A turn goes on."""

    speech_ms: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """A turn is over."""

    ulaw: bytes
    """The very bytes that were received for it: pre-roll, speech, hangover."""
    speech_ms: int
    """From the first frame of speech to the last."""


TurnEvent = Speaking | TurnEnded


class TurnFinder:
    """Cuts one speaker's audio into turns."""

    def __init__(self, is_speech: SpeechDetector, policy: TurnPolicy) -> None:
        self._is_speech = is_speech
        self._policy = policy
        self._rest = b""
        """Bytes short of a frame."""
        self._before: deque[bytes] = deque(maxlen=(policy.pre_roll_ms + policy.start_ms) // FRAME_MS)
        """The latest frames while nobody speaks."""
        self._onset_ms = 0
        """Speech in a row while nobody speaks."""
        self._turn: _Turn | None = None

    @property
    def speaking(self) -> bool:
        """Whether a turn is open."""
        return self._turn is not None

    @property
    def so_far(self) -> bytes:
        """What has been received of the turn that is open."""
        return b"" if self._turn is None else bytes(self._turn.ulaw)

    def feed(self, ulaw: bytes) -> list[TurnEvent]:
        """Take more audio, any number of bytes."""
        data = self._rest + ulaw
        whole = len(data) - len(data) % FRAME_BYTES
        self._rest = data[whole:]
        events: list[TurnEvent] = []
        for start in range(0, whole, FRAME_BYTES):
            frame = data[start : start + FRAME_BYTES]
            if self._turn is None:
                self._wait(frame)
            elif (event := self._follow(self._turn, frame)) is not None:
                events.append(event)
        return events

    def finish(self) -> TurnEnded | None:
        """End the turn that is open, if one is."""
        return None if self._turn is None else self._end(self._turn)

    def _wait(self, frame: bytes) -> None:
        self._before.append(frame)
        self._onset_ms = self._onset_ms + FRAME_MS if self._is_speech(frame) else 0
        if self._onset_ms >= self._policy.start_ms:
            self._turn = _Turn(b"".join(self._before), self._onset_ms)
            self._before.clear()
            self._onset_ms = 0

    def _follow(self, turn: "_Turn", frame: bytes) -> TurnEvent | None:
        turn.ulaw += frame
        turn.length_ms += FRAME_MS
        if self._is_speech(frame):
            turn.speech_ms = turn.length_ms
        if turn.length_ms - turn.speech_ms >= self._policy.hangover_ms or turn.length_ms >= self._policy.limit_ms:
            return self._end(turn)
        if turn.length_ms % self._policy.partial_every_ms == 0:
            return Speaking(turn.speech_ms)
        return None

    def _end(self, turn: "_Turn") -> TurnEnded:
        self._turn = None
        return TurnEnded(bytes(turn.ulaw), turn.speech_ms)


class _Turn:
    def __init__(self, ulaw: bytes, speech_ms: int) -> None:
        self.ulaw = bytearray(ulaw)
        self.length_ms = speech_ms
        """Since the first frame of speech."""
        self.speech_ms = speech_ms
