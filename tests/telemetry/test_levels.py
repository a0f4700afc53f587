import audioop

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.telemetry.levels import LevelMeter, Samples, Sound, dbov, loudness
from tests.audio.tones import tone
from tests.telemetry.sounds import SILENCE, noise, pieces, speech, ulaw


def heard(audio: bytes, meter: LevelMeter | None = None, ms: int = 100) -> Sound:
    meter = meter or LevelMeter()
    for piece in pieces(audio, ms):
        meter.feed(piece)
    return meter.take()


@pytest.mark.parametrize(("rms", "expected"), [(32768, 0), (23170, -3), (3277, -20), (1, -90), (0, -127)])
def test_levels_are_told_against_the_overload_point(rms: int, expected: int) -> None:
    """RFC 6464: a square wave of full scale is 0, a sine -3, nothing -127."""
    assert dbov(rms) == expected


def test_no_audio_is_not_silence() -> None:
    """A meter without frames has no level; one with silence has the least there is."""
    nothing, silence = LevelMeter().take(), heard(SILENCE * 10)
    assert (nothing.dbov, nothing.audio_ms) == (None, 0)
    assert (silence.dbov, silence.audio_ms, silence.loudest, silence.speech_ms) == (-127, 1_000, 0, 0)


def test_how_much_there_was_is_known_before_it_is_taken() -> None:
    meter = LevelMeter()
    for _ in range(3):
        meter.feed(SILENCE)
    assert meter.audio_ms == meter.take().audio_ms == 300
    assert meter.audio_ms == 0


@pytest.mark.parametrize("hz", [50, 425, 440, 697, 1000, 1004, 1209, 2100, 3400])
@pytest.mark.parametrize("amplitude", [300, 10_000])
def test_the_samples_left_out_do_not_change_a_tone(hz: float, amplitude: int) -> None:
    """Dial tones, keys, test tones: the level of all samples, to a decibel."""
    linear = tone(hz, 8000, 1_000, amplitude)
    assert heard(ulaw(linear)).dbov == pytest.approx(dbov(audioop.rms(linear, 2)), abs=1)


def test_nor_speech_nor_noise() -> None:
    for linear in (speech()[:32_000], noise(2_000, 600)):
        assert heard(ulaw(linear)).dbov == pytest.approx(dbov(audioop.rms(linear, 2)), abs=1)


def test_a_voice_is_speech_and_a_line_without_one_is_not() -> None:
    """At any loudness that a telephone call has; pauses between words may count either way."""
    for gain in (0.3, 1, 3):
        said = heard(ulaw(speech(), gain))
        assert said.speech_ms > 0.7 * said.audio_ms
    for rms in (3, 30, 120):
        assert heard(ulaw(noise(3_000, rms))).speech_ms == 0


def test_a_noise_that_stays_is_no_speech_any_more() -> None:
    """A fan is switched on: within 20 s it is the line's own noise, and a voice above it is speech still."""
    meter = LevelMeter()
    fan = ulaw(noise(1_000, 600))
    assert heard(fan, meter).speech_ms == 1_000
    for _ in range(30):
        heard(fan, meter)
    assert heard(fan, meter).speech_ms == 0
    assert heard(ulaw(tone(300, 8000, 500, 10_000)), meter).speech_ms == 500


def test_words_do_not_raise_the_floor() -> None:
    """Somebody who speaks for two minutes still speaks at their end."""
    meter = LevelMeter()
    for _ in range(25):
        heard(ulaw(speech()), meter)
    said = heard(ulaw(speech()), meter)
    assert said.speech_ms > 0.6 * said.audio_ms


def test_the_loudest_and_the_quietest_fifth_are_told() -> None:
    """What is flat has them next to each other."""
    sound = heard(SILENCE * 4 + ulaw(tone(500, 8000, 200, 8_000)) + SILENCE * 4)
    assert sound.loudest == pytest.approx(8_000 / 2**0.5, rel=0.25)
    assert sound.quietest == 0
    assert len(sound.loudest_ulaw) == 800
    assert audioop.rms(audioop.ulaw2lin(sound.loudest_ulaw, 2), 2) > 3_000


def test_samples_at_the_ends_of_the_scale_are_clipped() -> None:
    """Three times too loud is heard as distortion, the recording itself is not; silence never is."""
    assert heard(ulaw(speech())).clipped_share == 0
    assert heard(ulaw(speech(), 12)).clipped_share > 0.01
    assert heard(ulaw(tone(440, 8000, 1_000, 32_767), 2)).clipped_share > 0.3
    assert heard(b"\x80\x00" * 4_000).clipped_share == 1
    assert heard(SILENCE * 10).clipped_share == 0


@given(st.lists(st.integers(1, 200), min_size=1, max_size=20))
def test_the_size_of_the_pieces_does_not_matter(lengths_ms: list[int]) -> None:
    """Five frames at once or one at a time: the second sounds the same."""
    audio = ulaw(speech())[: 8 * sum(lengths_ms)]
    whole, cut = LevelMeter(), LevelMeter()
    whole.keeps_specimen = cut.keeps_specimen = False
    whole.feed(audio)
    for length_ms in lengths_ms:
        cut.feed(audio[: 8 * length_ms])
        audio = audio[8 * length_ms :]
    assert cut.take() == whole.take()


def test_asking_begins_a_new_second() -> None:
    """Nothing of the last one is told again."""
    meter = LevelMeter()
    heard(ulaw(speech()), meter)
    assert meter.take() == Sound()


def test_nothing_is_kept_where_nobody_wants_to_hear_it() -> None:
    """Then only samples of it are, a twentieth."""
    meter = LevelMeter()
    meter.keeps_specimen = False
    assert heard(ulaw(speech()), meter).loudest_ulaw == b""


@given(st.binary(min_size=1, max_size=600), st.integers(1, 90))
def test_loudness_is_rms_by_the_block(samples: bytes, block: int) -> None:
    """As audioop has it, of μ-law; a last block counts where it is longer than half of one, or there is no other."""
    linear = audioop.ulaw2lin(samples, 2)
    blocks = [linear[start : start + 2 * block] for start in range(0, len(linear), 2 * block)]
    if len(blocks) > 1 and len(blocks[-1]) <= block:
        blocks.pop()
    assert loudness(samples, block) == (audioop.rms(linear, 2), [audioop.rms(part, 2) for part in blocks])


@given(st.lists(st.binary(max_size=1_200), max_size=20))
def test_one_sample_in_so_many_is_kept(pieces: list[bytes]) -> None:
    """However the audio is cut, and however much comes in one second."""
    samples = Samples(23)
    for again in (pieces, pieces[::-1]):
        for piece in again:
            samples.add(piece)
        assert samples.take() == b"".join(again)[::23]
