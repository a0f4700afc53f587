import audioop

import pytest

from gateway.telemetry.companding import CompandingWatch
from tests.audio.tones import tone
from tests.telemetry.sounds import SILENCE, alaw, noise, pieces, speech, ulaw

GAINS = [0.05, 0.1, 0.3, 1.0, 2.0, 4.0]


def listened(audio: bytes, watch: CompandingWatch | None = None, at_ms: int = 0) -> tuple[CompandingWatch, bool]:
    """A watch that heard each piece, a second apart, and whether it ever cried out."""
    watch = watch or CompandingWatch()
    cried = False
    for second, piece in enumerate(pieces(audio)):
        watch.listen(piece, at_ms + 1_000 * second)
        cried = cried or watch.wrong_since_ms is not None
    return watch, cried


@pytest.mark.parametrize("gain", GAINS)
def test_speech_by_the_right_law_raises_nothing(gain: float) -> None:
    """Quiet and loud voices: not one cry, however the pieces fall."""
    for shift in (0, 200, 400, 600):
        assert not listened(ulaw(speech()[shift:], gain))[1]


@pytest.mark.parametrize("gain", GAINS)
def test_alaw_is_found_out(gain: float) -> None:
    """The same voices, read by the wrong law, at any loudness that can be heard at all."""
    watch, _ = listened(alaw(speech() * 2, gain))
    assert watch.wrong_since_ms is not None


def test_what_came_as_alaw_and_was_transcoded_raises_nothing() -> None:
    """A carrier that says PCMA and means it."""
    linear = audioop.alaw2lin(alaw(speech()), 2)
    assert not listened(ulaw(linear))[1]


@pytest.mark.parametrize("hz", [50, 100, 300, 440, 697, 1000, 1209, 1500, 1900, 2000, 2100, 2500, 3000, 3500, 3900])
@pytest.mark.parametrize("amplitude", [500, 3_000, 10_000, 30_000])
def test_tones_raise_nothing(hz: float, amplitude: int) -> None:
    """Ringing, keys, fax machines, hold tones."""
    assert not listened(ulaw(tone(hz, 8000, 2_000, amplitude)))[1]


@pytest.mark.parametrize("rms", [3, 50, 200, 500, 3_000, 10_000])
def test_noise_raises_nothing(rms: int) -> None:
    """No sample says anything about the next, under either law."""
    assert not listened(ulaw(noise(4_000, rms)))[1]
    assert not listened(alaw(noise(4_000, rms)))[1]


@pytest.mark.parametrize("byte", [0xFF, 0x7F, 0xD5, 0x55, 0x80, 0x00, 0x2A])
def test_silence_of_any_law_raises_nothing(byte: int) -> None:
    """Digital silence, also A-law's, which is no audio to judge by; nor does a byte that repeats."""
    assert not listened(bytes([byte]) * 16_000)[1]
    assert not listened(bytes([byte, byte ^ 0x80]) * 8_000)[1]


def test_too_little_says_nothing() -> None:
    watch = CompandingWatch()
    for second in range(20):
        watch.listen(alaw(speech())[8_000:8_100], 1_000 * second)
        watch.listen(b"", 1_000 * second)
    assert watch.wrong_since_ms is None


def test_it_says_since_when() -> None:
    """From the first piece that spoke against μ-law, though it took a few to be certain."""
    watch, _ = listened(SILENCE * 5 + alaw(tone(300, 8000, 1_000)))
    assert watch.wrong_since_ms == 5_000


def test_one_piece_of_sense_does_not_end_it() -> None:
    """A line that flickers between right and wrong would raise a flag a second."""
    watch, _ = listened(alaw(tone(300, 8000, 1_000)))
    watch.listen(ulaw(tone(300, 8000, 100)), 10_000)
    assert watch.wrong_since_ms == 0


def test_a_stream_that_turns_right_is_right() -> None:
    """A caller was transferred to a line whose law is the one that was said."""
    watch, _ = listened(alaw(tone(300, 8000, 1_000)))
    watch, _ = listened(ulaw(tone(300, 8000, 1_000)), watch, at_ms=10_000)
    assert watch.wrong_since_ms is None


def test_a_stream_that_turns_wrong_is_found_out_later() -> None:
    """Once certain it looks every ten seconds only, and needs eight pieces to change its mind."""
    watch, _ = listened(ulaw(tone(300, 8000, 1_000)))
    watch, _ = listened(alaw(tone(300, 8000, 5_000)), watch, at_ms=10_000)
    assert watch.wrong_since_ms is not None


def test_a_noise_is_not_asked_every_second() -> None:
    """It never answers; what sounds like something is asked each second again."""
    watch, _ = listened(ulaw(noise(800, 3_000)))
    assert not watch.is_listening(7_000)
    watch, _ = listened(alaw(tone(300, 8000, 4_000)), watch, at_ms=9_000)
    assert watch.wrong_since_ms == 9_000


def test_a_pause_is_no_noise() -> None:
    """A caller who says nothing at first is heard with the first word."""
    watch, _ = listened(SILENCE * 20)
    assert watch.is_listening(20_000)
