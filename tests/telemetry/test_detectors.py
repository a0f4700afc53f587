from collections.abc import Iterable

import pytest

from gateway.calls import Direction
from gateway.telemetry.companding import CompandingWatch
from gateway.telemetry.detectors import Alarm, Flag, Occurrence, Second, alarms
from gateway.telemetry.levels import Sound
from tests.telemetry.sounds import alaw, pieces, speech, ulaw

SPEAKING = Sound(audio_ms=1_000, speech_ms=800, rms=2_000, loudest=4_000, quietest=40)
ROOM = Sound(audio_ms=1_000, rms=30, loudest=60, quietest=12)
"""Nobody speaks; the line breathes."""
SILENCE = Sound(audio_ms=1_000)
HISS = Sound(audio_ms=1_000, rms=100, loudest=130, quietest=90)
NOTHING = Sound()
"""Not a frame."""
LOUD = Sound(audio_ms=1_000, speech_ms=800, rms=15_000, loudest=20_000, quietest=40, clipped_share=0.05)


def alarm(flag: Flag, direction: Direction | None) -> Alarm:
    """The one that a call has for this."""
    (found,) = [each for each in alarms(CompandingWatch()) if (each._flag, each._direction) == (flag, direction)]
    return found


def lived(alarm: Alarm, seconds: Iterable[tuple[Sound, Sound]], from_ms: int = 0) -> list[tuple[int, Occurrence]]:
    """What was raised or ended after how many seconds."""
    found = []
    for number, (heard, said) in enumerate(seconds, 1):
        start_ms = from_ms + 1_000 * (number - 1)
        since_ms = alarm.since_ms(Second(start_ms, start_ms + 1_000, heard, said))
        occurrence = alarm.judge(since_ms, start_ms + 1_000)
        if occurrence is not None:
            found.append((number, occurrence))
    return found


@pytest.mark.parametrize("flat", [SILENCE, HISS], ids=["silence", "hiss"])
def test_one_way_in_is_raised_once_and_ends(flat: Sound) -> None:
    """Ten seconds of nothing while Kallglot speaks; over when the caller is heard."""
    one_way = alarm(Flag.ONE_WAY, Direction.IN)
    raised = Occurrence(Flag.ONE_WAY, Direction.IN, 0)
    ended = Occurrence(Flag.ONE_WAY, Direction.IN, 0, 21_000)
    assert lived(one_way, [(flat, SPEAKING)] * 20 + [(SPEAKING, SILENCE)] * 3) == [(10, raised), (21, ended)]


def test_one_way_out_is_the_same_the_other_way() -> None:
    """The caller speaks, and frames of silence go back."""
    one_way = alarm(Flag.ONE_WAY, Direction.OUT)
    assert lived(one_way, [(SPEAKING, SILENCE)] * 10) == [(10, Occurrence(Flag.ONE_WAY, Direction.OUT, 0))]


@pytest.mark.parametrize(
    "seconds",
    [
        [(SILENCE, SPEAKING)] * 9 + [(SPEAKING, SILENCE), (SILENCE, SPEAKING)] * 5,
        [(ROOM, SPEAKING)] * 30,
        [(NOTHING, SPEAKING)] * 30,
        [(SILENCE, SILENCE)] * 30,
        [(SILENCE, SPEAKING)] * 2 + [(SILENCE, SILENCE)] * 20,
        [(HISS, SPEAKING), (SILENCE, SPEAKING)] * 10,
    ],
    ids=["turns", "a room", "no frames", "nobody", "hardly a word", "it changes"],
)
def test_what_is_not_one_way(seconds: list[tuple[Sound, Sound]]) -> None:
    """A caller who listens is not a caller who cannot be heard."""
    assert lived(alarm(Flag.ONE_WAY, Direction.IN), seconds) == []


def test_silence_of_our_own_is_not_one_way() -> None:
    """Neither what stands in for a carrier that sends none, nor what callers hear while Kallglot is away."""
    heard, said = alarm(Flag.ONE_WAY, Direction.IN), alarm(Flag.ONE_WAY, Direction.OUT)
    for start_ms in range(0, 30_000, 1_000):
        filled = Second(start_ms, start_ms + 1_000, SILENCE, SPEAKING, filled_ms=900)
        assert heard.since_ms(filled) is None
        away = Second(start_ms, start_ms + 1_000, SPEAKING, SILENCE, is_away=True)
        assert said.since_ms(away) is None


def test_a_flat_line_counts_from_where_it_became_flat() -> None:
    """After a caller who spoke, ten seconds more."""
    one_way = alarm(Flag.ONE_WAY, Direction.IN)
    seconds = [(SPEAKING, SILENCE)] * 5 + [(SILENCE, SPEAKING)] * 10
    assert lived(one_way, seconds) == [(15, Occurrence(Flag.ONE_WAY, Direction.IN, 5_000))]


def test_dead_air_is_eight_seconds_without_a_word() -> None:
    """Each time anew."""
    seconds = [(NOTHING, NOTHING)] * 20 + [(ROOM, NOTHING)] * 8 + [(ROOM, SPEAKING)] + [(SILENCE, SILENCE)] * 7
    seconds += [(SPEAKING, NOTHING)] + [(ROOM, NOTHING)] * 9
    assert lived(alarm(Flag.DEAD_AIR, None), seconds) == [
        (28, Occurrence(Flag.DEAD_AIR, None, 20_000)),
        (29, Occurrence(Flag.DEAD_AIR, None, 20_000, 29_000)),
        (45, Occurrence(Flag.DEAD_AIR, None, 37_000)),
    ]


def test_a_caller_who_never_speaks_is_told_once() -> None:
    """From the first frame; the first word ends it for good, however long the next silence is."""
    silent = alarm(Flag.CALLER_SILENT, Direction.IN)
    seconds = [(NOTHING, SPEAKING)] * 5 + [(ROOM, SPEAKING)] * 16 + [(SPEAKING, NOTHING)] + [(SILENCE, SPEAKING)] * 30
    assert lived(silent, seconds) == [
        (20, Occurrence(Flag.CALLER_SILENT, Direction.IN, 5_000)),
        (22, Occurrence(Flag.CALLER_SILENT, Direction.IN, 5_000, 22_000)),
    ]


@pytest.mark.parametrize("direction", list(Direction))
def test_clipping_lasts_through_pauses(direction: Direction) -> None:
    """Two seconds of it; a pause is no proof of the contrary, a clean word is."""

    def way(sound: Sound) -> tuple[Sound, Sound]:
        return (sound, SILENCE) if direction is Direction.IN else (SILENCE, sound)

    seconds = [way(LOUD), way(ROOM), way(LOUD), way(ROOM), way(SPEAKING)]
    assert lived(alarm(Flag.CLIPPING, direction), seconds) == [
        (2, Occurrence(Flag.CLIPPING, direction, 0)),
        (5, Occurrence(Flag.CLIPPING, direction, 0, 5_000)),
    ]
    assert lived(alarm(Flag.CLIPPING, direction), [way(SPEAKING)] * 5) == []


@pytest.mark.parametrize(("law", "expected"), [(ulaw, 0), (alaw, 1)], ids=["mu-law", "A-law"])
def test_the_wrong_law_is_raised_at_once_when_it_is_certain(law: type, expected: int) -> None:
    """Recorded speech, both ways."""
    seconds = [(Sound(audio_ms=1_000, loudest_ulaw=piece), SILENCE) for piece in pieces(law(speech()))]
    assert len(lived(alarm(Flag.WRONG_COMPANDING, Direction.IN), seconds)) == expected


def test_a_call_that_ends_ends_its_flags() -> None:
    """And only those that are up."""
    dead_air = alarm(Flag.DEAD_AIR, None)
    assert dead_air.end(500) is None
    lived(dead_air, [(ROOM, NOTHING)] * 8)
    assert dead_air.raised == Occurrence(Flag.DEAD_AIR, None, 0)
    assert dead_air.end(8_500) == Occurrence(Flag.DEAD_AIR, None, 0, 8_500)
    assert dead_air.raised is None


def test_a_caller_who_came_back_may_have_spoken_before() -> None:
    """Fifteen quiet seconds after a replica was replaced say nothing of how the call began."""
    resumed = alarms(CompandingWatch(), is_resumed=True)
    assert {each._flag for each in resumed} == set(Flag) - {Flag.CALLER_SILENT}


def test_every_flag_has_its_alarm() -> None:
    """A flag that nothing raises is a promise that nobody keeps."""
    assert {each._flag for each in alarms(CompandingWatch())} == set(Flag)
