"""What is wrong with a call that nobody may have complained of yet. Sans-I/O.

Each detector is told, once a second, what both directions sounded like, and answers since when its trouble has lasted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from gateway.calls import Direction
from gateway.telemetry.companding import CompandingWatch
from gateway.telemetry.levels import Sound


class Flag(StrEnum):
    """Something that a caller would call a bad line."""

    ONE_WAY = "one_way"
    """Frames flow, but in one direction there is nothing in them while the other side speaks."""
    DEAD_AIR = "dead_air"
    """Neither side says anything."""
    WRONG_COMPANDING = "wrong_companding"
    """A-law is read as μ-law: loud hiss with a voice in it."""
    CLIPPING = "clipping"
    """Too loud for the codec: distorted."""
    CALLER_SILENT = "caller_silent"
    """The caller has said nothing since the call began."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A flag from its start to its end."""

    flag: Flag
    direction: Direction | None
    """The one that is affected, where not both are."""
    start_ms: int
    end_ms: int | None = None
    """None while it lasts."""


class Second(Struct, frozen=True, gc=False):  # a Struct, as one is made each second
    """About a second of both directions."""

    from_ms: int
    now_ms: int
    heard: Sound
    """From the caller."""
    said: Sound
    """To the caller."""
    filled_ms: int = 0
    """Of what was heard: silence of ours, where the carrier sent nothing."""
    is_away: bool = False
    """Kallglot could not speak: what was said is what callers hear meanwhile."""


class Detector(Protocol):
    """Looks for one trouble."""

    def since_ms(self, second: Second) -> int | None:
        """Since when it has lasted, told once each second; None while it does not."""
        ...


class OneWay:
    """Audio flows both ways, and one way there is nobody in it.

    Flat is what stays within 6 dB: digital silence, comfort noise, a hum. A room, a breath, a far voice move more.
    """

    _SPREAD = 2
    _SILENT_RMS = 8
    """μ-law's smallest step (ITU-T G.711)."""
    _FLOWING_MS = 500
    """Audio in a second, at least, for frames to flow."""
    _OTHER_SPOKE_MS = 3_000
    """What the other side must have said meanwhile: nobody answers to a word or two."""

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._flat_since_ms: int | None = None
        self._loudest = 0
        self._quietest = 0
        self._other_spoke_ms = 0

    def since_ms(self, second: Second) -> int | None:
        is_in = self._direction is Direction.IN
        sound, other = (second.heard, second.said) if is_in else (second.said, second.heard)
        flowing_ms = sound.audio_ms - (second.filled_ms if is_in else 0)
        if second.is_away or flowing_ms < self._FLOWING_MS or not self._is_flat(sound.loudest, sound.quietest):
            self._flat_since_ms = None
            return None
        loudest, quietest = max(self._loudest, sound.loudest), min(self._quietest, sound.quietest)
        if self._flat_since_ms is None or not self._is_flat(loudest, quietest):
            self._flat_since_ms = second.from_ms
            self._other_spoke_ms = 0
            loudest, quietest = sound.loudest, sound.quietest
        self._loudest, self._quietest = loudest, quietest
        self._other_spoke_ms += other.speech_ms
        return self._flat_since_ms if self._other_spoke_ms >= self._OTHER_SPOKE_MS else None

    def _is_flat(self, loudest: int, quietest: int) -> bool:
        return loudest <= max(self._SPREAD * quietest, self._SILENT_RMS)


class DeadAir:
    """Neither side speaks, from when there was any audio."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self._begun = False

    def since_ms(self, second: Second) -> int | None:
        self._begun = self._begun or second.heard.audio_ms > 0 or second.said.audio_ms > 0
        if not self._begun or second.heard.speech_ms or second.said.speech_ms:
            self._since_ms = None
        elif self._since_ms is None:
            self._since_ms = second.from_ms
        return self._since_ms


class CallerSilent:
    """The caller's audio has come from the start and held no word; over for good with the first one."""

    def __init__(self) -> None:
        self._since_ms: int | None = None
        self._spoke = False

    def since_ms(self, second: Second) -> int | None:
        self._spoke = self._spoke or second.heard.speech_ms > 0
        if self._spoke:
            return None
        if self._since_ms is None and second.heard.audio_ms:
            self._since_ms = second.from_ms
        return self._since_ms


class Clipping:
    """Speech that does not fit between the ends of the scale. Seconds without speech say nothing either way."""

    _SHARE = 0.01
    """Of a second's samples. A voice at the nominal level reaches the ends with none."""

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._since_ms: int | None = None

    def since_ms(self, second: Second) -> int | None:
        sound = second.heard if self._direction is Direction.IN else second.said
        if sound.speech_ms:
            if sound.clipped_share < self._SHARE:
                self._since_ms = None
            elif self._since_ms is None:
                self._since_ms = second.from_ms
        return self._since_ms


class WrongCompanding:
    """The caller's audio by the wrong one of G.711's two laws."""

    def __init__(self, watch: CompandingWatch) -> None:
        self._watch = watch

    def since_ms(self, second: Second) -> int | None:
        self._watch.listen(second.heard.loudest_ulaw, second.now_ms)
        return self._watch.wrong_since_ms


class Alarm:
    """Raises one detector's flag once for each time that its trouble has lasted long enough."""

    __slots__ = ("_after_ms", "_direction", "_flag", "raised", "since_ms")

    def __init__(self, flag: Flag, direction: Direction | None, after_ms: int, detector: Detector) -> None:
        self._flag = flag
        self._direction = direction
        self._after_ms = after_ms
        self.since_ms = detector.since_ms
        """The detector, to be told every second."""
        self.raised: Occurrence | None = None
        """While it lasts."""

    def judge(self, since_ms: int | None, now_ms: int) -> Occurrence | None:
        """What the detector told: the occurrence that begins with it, or, with its end, the one that is over."""
        if since_ms is None:
            return self.end(now_ms)
        if self.raised is None and now_ms - since_ms >= self._after_ms:
            self.raised = Occurrence(self._flag, self._direction, since_ms)
            return self.raised
        return None

    def end(self, now_ms: int) -> Occurrence | None:
        """It is over, by itself or with the call; the occurrence, where there was one."""
        raised, self.raised = self.raised, None
        if raised is None:
            return None
        return Occurrence(raised.flag, raised.direction, raised.start_ms, now_ms)


def alarms(companding: CompandingWatch, *, is_resumed: bool = False) -> Sequence[Alarm]:
    """Those of one call, whose caller's law is watched; of one that is resumed nobody knows who spoke before."""
    silent = Alarm(Flag.CALLER_SILENT, Direction.IN, 15_000, CallerSilent())
    return (
        Alarm(Flag.ONE_WAY, Direction.IN, 10_000, OneWay(Direction.IN)),
        Alarm(Flag.ONE_WAY, Direction.OUT, 10_000, OneWay(Direction.OUT)),
        Alarm(Flag.DEAD_AIR, None, 8_000, DeadAir()),
        Alarm(Flag.WRONG_COMPANDING, Direction.IN, 0, WrongCompanding(companding)),
        Alarm(Flag.CLIPPING, Direction.IN, 2_000, Clipping(Direction.IN)),
        Alarm(Flag.CLIPPING, Direction.OUT, 2_000, Clipping(Direction.OUT)),
        *(() if is_resumed else (silent,)),
    )
