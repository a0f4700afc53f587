"""What a caller says, presses and puts up with. Sans-I/O.

Every frame has a deadline of its own, counted from the moment the caller began, so that lateness never adds up.
"""

from dataclasses import dataclass

from gateway.simulator.speech import FRAME_MS, Track


@dataclass(frozen=True, slots=True)
class Script:
    """What a caller will do. Times are counted from when the call is answered."""

    speech_ms: int = 0
    """How long there is something to say."""
    keys: tuple[tuple[int, str], ...] = ()
    """(milliseconds, digit), in order."""
    hangup_after_ms: int | None = None
    hangup_when_heard_ms: int | None = None
    """Hang up when so much sound has been heard."""
    hangup_on_silence_ms: int | None = None
    """Hang up when everything was said and nothing has been heard for so long."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Twenty milliseconds of the caller's voice."""

    index: int
    """Counts every frame of the call from 0, also those that nobody listened to."""
    at_ms: int
    """When it had been spoken."""
    payload: bytes
    silent: bool = False
    """Nobody would hear it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that the caller pressed."""

    at_ms: int
    digit: str


class Caller:
    """Speaks in real time, whether or not anybody listens, until something makes it hang up."""

    def __init__(self, script: Script, *, now_ms: int) -> None:
        self._script = script
        self._begun = False
        self._origin_ms = now_ms
        self._track = Track((), b"")
        self._index = 0
        self._pressed = 0

    def listened_to(self, track: Track, now_ms: int) -> None:
        """A stream was opened that carries the speech as `track`.

        The first one starts the caller off; what would have been said before a later one is lost.
        """
        self._track = track
        if not self._begun:
            self._begun = True
            self._origin_ms = now_ms
            return
        self._index = max(self._index, (now_ms - self._origin_ms) // FRAME_MS)

    def due(self, now_ms: int) -> list[Frame | Key]:
        """Everything that has been said and pressed since the last time, in order."""
        due: list[Frame | Key] = []
        while (at_ms := self.next_deadline_ms()) <= now_ms:
            due += self._keys_until(at_ms)
            due.append(Frame(self._index, at_ms, self._payload(), self._track.is_silent(self._index)))
            self._index += 1
        return due + self._keys_until(now_ms)

    def _payload(self) -> bytes:
        frames = self._track.frames
        return frames[self._index] if self._index < len(frames) else self._track.silence

    def _keys_until(self, now_ms: int) -> list[Frame | Key]:
        keys: list[Frame | Key] = []
        while self._pressed < len(self._script.keys):
            after_ms, digit = self._script.keys[self._pressed]
            if self._origin_ms + after_ms > now_ms:
                break
            keys.append(Key(self._origin_ms + after_ms, digit))
            self._pressed += 1
        return keys

    def next_deadline_ms(self) -> int:
        """When the next frame will have been spoken: a frame is complete at its end."""
        return self._origin_ms + (self._index + 1) * FRAME_MS

    def hangs_up(self, now_ms: int, *, sound_ms: int = 0, last_sound_ms: int | None = None) -> bool:
        """Whether the caller has had enough, given how much sound was heard and when the last of it ended."""
        script = self._script
        if script.hangup_after_ms is not None and now_ms >= self._origin_ms + script.hangup_after_ms:
            return True
        if script.hangup_when_heard_ms is not None and sound_ms >= script.hangup_when_heard_ms:
            return True
        if script.hangup_on_silence_ms is None or not self._begun:
            return False
        quiet_since_ms = max(self._origin_ms + script.speech_ms, last_sound_ms or 0)
        return now_ms >= quiet_since_ms + script.hangup_on_silence_ms

    def patience_ms(self, now_ms: int) -> int | None:
        """How long the caller stays on the line when nothing is heard, or None for ever."""
        if self._script.hangup_after_ms is None:
            return None
        return max(0, self._origin_ms + self._script.hangup_after_ms - now_ms)
